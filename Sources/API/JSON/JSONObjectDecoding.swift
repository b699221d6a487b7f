import JSON

/// The members of an object being decoded.
struct JSONObjectDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: JSONValueDecoder
    private let members: [JSONValue.Member]
    /// Where each name stands; nil for so few that to look through them is quicker.
    private let places: [String: Int]?

    init(decoder: JSONValueDecoder, members: [JSONValue.Member]) {
        self.decoder = decoder
        self.members = members
        let named = zip(members.lazy.map(\.name), members.indices)
        places = members.count <= 16 ? nil : Dictionary(named, uniquingKeysWith: { first, _ in first })
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { members.compactMap { Key(stringValue: $0.name) } }

    private func find(_ key: Key) -> JSONValue? {
        guard let places else { return members.first { $0.name == key.stringValue }?.value }
        return places[key.stringValue].map { members[$0].value }
    }

    private func member(_ key: Key) throws -> JSONValueDecoder {
        guard let value = find(key) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: ""))
        }
        return decoder.child(value, key)
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try member(key).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        decoder.child(decoder.value["super"] ?? JSONValue(.null), JSONCodingKey(stringValue: "super"))
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
}
