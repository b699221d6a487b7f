extension Wire {
    /// Something the source had when a snapshot was made, and must have wherever it is used again.
    package struct Fact: Codable, Hashable, Sendable {
        package var kind: Kind
        /// Below the workspace; empty for its root. Bytes that are not printable are written `\xNN`.
        package var path: String
        /// The path's bytes where `path` is not exactly them.
        package var pathBase64: String?
        /// What must be there, as text; nil for `absent`.
        package var expected: String?

        package init(kind: Kind, path: String, pathBase64: String? = nil, expected: String? = nil) {
            self.kind = kind
            self.path = path
            self.pathBase64 = pathBase64
            self.expected = expected
        }

        private enum CodingKeys: String, CodingKey {
            case kind, path
            case pathBase64 = "path_base64"
            case expected
        }
    }
}

extension Wire.Fact {
    package enum Kind: String, Codable, Hashable, Sendable { case absent, entry, subtree, metadata }
}
