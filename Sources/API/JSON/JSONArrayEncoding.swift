/// The elements of an array being encoded.
struct JSONArrayEncoding: UnkeyedEncodingContainer {
    let slot: JSONSlot
    let codingPath: [any CodingKey]

    var count: Int { slot.count }

    /// An encoder for the next element.
    private func element() -> JSONValueEncoder {
        let key = JSONCodingKey(intValue: count)
        let child = JSONSlot()
        slot.add(child)
        return JSONValueEncoder(slot: child, codingPath: codingPath + [key])
    }

    func encodeNil() { element().encodeNil() }
    func encode(_ value: some Encodable) throws { try value.encode(to: element()) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        element().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }

    func superEncoder() -> any Encoder { element() }
}
