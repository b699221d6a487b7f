/// The members of an object being encoded.
struct JSONObjectEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoding: JSONEncoding
    /// That of the members' values.
    let depth: Int
    var codingPath: [any CodingKey] { [] }

    private func next(_ key: Key) { encoding.text.next(key.stringValue, at: depth) }

    func encodeNil(forKey key: Key) {
        next(key)
        encoding.text.appendNull()
    }

    func encode(_ value: Bool, forKey key: Key) {
        next(key)
        encoding.text.append(value)
    }

    func encode(_ value: String, forKey key: Key) {
        next(key)
        encoding.text.append(value)
    }

    func encode(_ value: some FixedWidthInteger & Encodable, forKey key: Key) {
        next(key)
        encoding.text.append(value)
    }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        next(key)
        try encoding.append(value, at: depth)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        next(key)
        return JSONTextEncoder(encoding: encoding, depth: depth).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        next(key)
        return JSONTextEncoder(encoding: encoding, depth: depth).unkeyedContainer()
    }

    /// What a superclass encodes is an object.
    func superEncoder() -> any Encoder { superEncoder(named: "super") }
    func superEncoder(forKey key: Key) -> any Encoder { superEncoder(named: key.stringValue) }

    private func superEncoder(named name: String) -> any Encoder {
        encoding.text.next(name, at: depth)
        encoding.text.resume(.object, at: depth)
        return JSONTextEncoder(encoding: encoding, depth: depth)
    }
}
