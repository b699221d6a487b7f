/// Something a reader should know that is no error.
package struct Warning: Hashable, Sendable, Codable {
    package var code: String
    /// For people.
    package var detail: String

    package init(code: String, detail: String) {
        self.code = code
        self.detail = detail
    }
}
