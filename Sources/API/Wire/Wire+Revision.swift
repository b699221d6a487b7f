package import Model

extension Wire {
    /// One immutable state of a workspace's source.
    package struct Revision: Codable, Hashable, Sendable {
        package var digest: Digest
        package var files: Int64
        package var bytes: Int64
        /// Files read when it was taken in; nil in lists.
        package var copied: Int64?
        /// Files known from before; nil in lists.
        package var reused: Int64?
        /// Nil in lists.
        package var durationMs: Int64?
        /// When it was last taken in.
        package var createdAt: Time
        /// Such as entries that were left out.
        package var warnings: [Warning]?

        package init(
            digest: Digest, files: Int64, bytes: Int64, copied: Int64? = nil, reused: Int64? = nil,
            durationMs: Int64? = nil, createdAt: Time, warnings: [Warning]? = nil
        ) {
            self.digest = digest
            self.files = files
            self.bytes = bytes
            self.copied = copied
            self.reused = reused
            self.durationMs = durationMs
            self.createdAt = createdAt
            self.warnings = warnings
        }

        private enum CodingKeys: String, CodingKey {
            case digest, files, bytes, copied, reused
            case durationMs = "duration_ms"
            case createdAt = "created_at"
            case warnings
        }
    }
}
