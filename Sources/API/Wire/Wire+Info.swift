extension Wire {
    /// What the daemon is and can do: the answer of `GET /v1/info`.
    package struct Info: Codable, Hashable, Sendable {
        /// Of the daemon.
        package var version: String
        /// `v1`.
        package var apiVersions: [String]
        /// Names the store in mount points and cgroups.
        package var storeId: String
        /// The store's directory.
        package var store: String
        /// Words a client can look for before it relies on something.
        package var features: [String]
        /// The bounds of requests, by name.
        package var limits: [String: Int64]
        /// What the host offers and which form of it is used, by name.
        package var host: [String: String]

        package init(
            version: String, apiVersions: [String], storeId: String, store: String, features: [String],
            limits: [String: Int64], host: [String: String]
        ) {
            self.version = version
            self.apiVersions = apiVersions
            self.storeId = storeId
            self.store = store
            self.features = features
            self.limits = limits
            self.host = host
        }

        private enum CodingKeys: String, CodingKey {
            case version
            case apiVersions = "api_versions"
            case storeId = "store_id"
            case store, features, limits, host
        }
    }
}
