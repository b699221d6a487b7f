/// The members of an object being encoded.
struct JSONObjectEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: JSONSlot
    let codingPath: [any CodingKey]

    private func add(_ key: any CodingKey, _ value: JSONValue) { slot.add(key.stringValue, JSONSlot(value)) }

    /// An encoder for the member's value.
    private func member(_ key: any CodingKey) -> JSONValueEncoder {
        let child = JSONSlot()
        slot.add(key.stringValue, child)
        return JSONValueEncoder(slot: child, codingPath: codingPath + [key])
    }

    func encodeNil(forKey key: Key) { add(key, .null) }
    func encode(_ value: Bool, forKey key: Key) { add(key, .bool(value)) }
    func encode(_ value: String, forKey key: Key) { add(key, .string(value)) }
    func encode(_ value: Double, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: Int8, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: Int16, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: Int32, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: Int64, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: UInt, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: UInt8, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: UInt16, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: UInt32, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: UInt64, forKey key: Key) { add(key, .number("\(value)")) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try value.encode(to: member(key)) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        member(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { member(JSONCodingKey(stringValue: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder { member(key) }
}
