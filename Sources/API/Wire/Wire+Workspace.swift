package import Model

extension Wire {
    /// A project's source directory, known by name.
    package struct Workspace: Codable, Hashable, Sendable {
        package var name: String
        /// The newest.
        package var revision: Digest?
        /// How many are kept.
        package var revisions: Int64
        /// Of the newest revision's files.
        package var bytes: Int64
        /// When the newest revision was taken in.
        package var updatedAt: Time?

        package init(
            name: String, revision: Digest? = nil, revisions: Int64, bytes: Int64, updatedAt: Time? = nil
        ) {
            self.name = name
            self.revision = revision
            self.revisions = revisions
            self.bytes = bytes
            self.updatedAt = updatedAt
        }

        private enum CodingKeys: String, CodingKey {
            case name, revision, revisions, bytes
            case updatedAt = "updated_at"
        }
    }
}
