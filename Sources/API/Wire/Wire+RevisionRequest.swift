extension Wire {
    /// Asks for a directory of the caller to be taken in: the body of `POST /v1/workspaces/{name}/revisions`.
    package struct RevisionRequest: Codable, Hashable, Sendable {
        /// Absolute, in the caller's view.
        package var path: String
        /// Patterns left out whatever the ignore rules say.
        package var exclude: [String]?
        /// Nil for `git`.
        package var ignore: Ignore?

        package init(path: String, exclude: [String]? = nil, ignore: Ignore? = nil) {
            self.path = path
            self.exclude = exclude
            self.ignore = ignore
        }

        private enum CodingKeys: String, CodingKey {
            case path, exclude, ignore
        }
    }
}
