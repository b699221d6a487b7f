package import JSON

extension JSONValue: Decodable {
    /// - Throws: unless `decoder` is the one of `JSONCoding`.
    package init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? JSONValueDecoder else {
            let context = DecodingError.Context(
                codingPath: decoder.codingPath, debugDescription: "only JSONCoding keeps values as they are")
            throw DecodingError.dataCorrupted(context)
        }
        self = decoder.value
    }
}
