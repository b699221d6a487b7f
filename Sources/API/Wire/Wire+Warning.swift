extension Wire {
    /// Something a reader should know that is no error.
    package struct Warning: Codable, Hashable, Sendable {
        package var code: String
        package var detail: String

        package init(code: String, detail: String) {
            self.code = code
            self.detail = detail
        }

        private enum CodingKeys: String, CodingKey {
            case code, detail
        }
    }
}
