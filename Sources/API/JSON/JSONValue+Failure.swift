package import JSON
package import Model

extension JSONValue {
    /// How deep what comes over the socket may be.
    private static let mostLevels = 128

    /// - Throws: `bad-request`, with the place in the text.
    package init(parsing bytes: [UInt8], mostValues: Int = .max) throws(Failure) {
        do {
            try self.init(parsing: bytes, mostLevels: JSONValue.mostLevels, mostValues: mostValues)
        } catch {
            throw Failure(
                .badRequest, "not valid JSON at byte \(error.offset): \(error.sentence)",
                fix: "send one JSON document (RFC 8259) in UTF-8")
        }
    }
}
