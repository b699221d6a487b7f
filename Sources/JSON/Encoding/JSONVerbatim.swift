/// A value that is JSON text already, as a member of what is encoded.
package struct JSONVerbatim: Encodable, Sendable {
    private let bytes: [UInt8]

    /// What `value` is encoded as, to be encoded once for many.
    package init(encoding value: some Encodable) throws { bytes = try JSONTextEncoder.encode(value) }

    init(_ value: JSONValue) {
        var bytes: [UInt8] = []
        value.append(to: &bytes)
        self.bytes = bytes
    }

    /// - Throws: unless `encoder` is a `JSONTextEncoder`.
    package func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? JSONTextEncoder else {
            let context = EncodingError.Context(
                codingPath: encoder.codingPath, debugDescription: "only JSONTextEncoder keeps text as it is")
            throw EncodingError.invalidValue(self, context)
        }
        encoder.encode(verbatim: bytes)
    }
}

extension JSONValue: Encodable {
    /// - Throws: unless `encoder` is a `JSONTextEncoder`.
    package func encode(to encoder: any Encoder) throws { try JSONVerbatim(self).encode(to: encoder) }
}
