extension Wire {
    /// Asks for an image to be brought into the store: the body of `POST /v1/images`.
    package struct ImageImport: Codable, Hashable, Sendable {
        package var name: String
        /// A directory, `oci:PATH[:TAG]`, `docker-archive:PATH` or `docker://REF`; paths are absolute in the
        /// caller's view.
        package var source: String

        package init(name: String, source: String) {
            self.name = name
            self.source = source
        }

        private enum CodingKeys: String, CodingKey {
            case name, source
        }
    }
}
