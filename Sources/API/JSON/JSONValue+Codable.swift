package import JSON

extension JSONValue: Codable {
    /// - Throws: unless `decoder` is the one of `JSONCoding`.
    package init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? JSONValueDecoder else {
            let context = DecodingError.Context(
                codingPath: decoder.codingPath, debugDescription: "only JSONCoding keeps values as they are")
            throw DecodingError.dataCorrupted(context)
        }
        self = decoder.value
    }

    /// - Throws: unless `encoder` is the one of `JSONCoding`.
    package func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? JSONValueEncoder else {
            let context = EncodingError.Context(
                codingPath: encoder.codingPath, debugDescription: "only JSONCoding keeps values as they are")
            throw EncodingError.invalidValue(self, context)
        }
        encoder.slot.set(self)
    }
}
