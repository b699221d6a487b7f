extension Wire {
    /// One entry of what a step changed.
    package struct Change: Codable, Hashable, Sendable {
        package var area: Area
        package var kind: Kind
        /// Absolute in the step's view. Bytes that are not printable are written `\xNN`.
        package var path: String
        /// The path's bytes where `path` is not exactly them.
        package var pathBase64: String?
        /// `file`, `directory`, `link`, `device`, `fifo` or `socket`; nil for a deletion.
        package var type: String?
        /// Of a file.
        package var bytes: Int64?

        package init(
            area: Area, kind: Kind, path: String, pathBase64: String? = nil, type: String? = nil,
            bytes: Int64? = nil
        ) {
            self.area = area
            self.kind = kind
            self.path = path
            self.pathBase64 = pathBase64
            self.type = type
            self.bytes = bytes
        }

        private enum CodingKeys: String, CodingKey {
            case area, kind, path
            case pathBase64 = "path_base64"
            case type, bytes
        }
    }
}

extension Wire.Change {
    /// Whether the entry lies in the workspace.
    package enum Area: String, Codable, Hashable, Sendable, CaseIterable { case system, workspace }

    /// `deleted`: with all below it, if it was a directory.
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable { case added, modified, deleted }
}
