package import Model

extension Wire {
    /// A base root file system known by a name.
    package struct Image: Codable, Hashable, Sendable {
        package var name: String
        package var digest: Digest
        /// Whether every scope sees it under this name.
        package var isShared: Bool
        /// `linux/amd64`.
        package var platform: String
        /// Whose processes its steps are, as the image says it.
        package var user: String?
        package var env: [String: String]
        /// The lowest first.
        package var layers: [Layer]
        /// On disk, layers shared with other images included.
        package var bytes: Int64
        package var createdAt: Time

        package init(
            name: String, digest: Digest, isShared: Bool, platform: String, user: String? = nil,
            env: [String: String], layers: [Layer], bytes: Int64, createdAt: Time
        ) {
            self.name = name
            self.digest = digest
            self.isShared = isShared
            self.platform = platform
            self.user = user
            self.env = env
            self.layers = layers
            self.bytes = bytes
            self.createdAt = createdAt
        }

        private enum CodingKeys: String, CodingKey {
            case name, digest
            case isShared = "shared"
            case platform, user, env, layers, bytes
            case createdAt = "created_at"
        }
    }
}

extension Wire.Image {
    /// One layer, by the digest of its uncompressed archive.
    package struct Layer: Codable, Hashable, Sendable {
        package var diffID: Digest
        package var bytes: Int64

        package init(diffID: Digest, bytes: Int64) {
            self.diffID = diffID
            self.bytes = bytes
        }

        private enum CodingKeys: String, CodingKey {
            case diffID = "diff_id"
            case bytes
        }
    }
}
