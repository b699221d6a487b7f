/// The elements of an array being encoded.
struct JSONArrayEncoding: UnkeyedEncodingContainer {
    let encoding: JSONEncoding
    /// That of the elements.
    let depth: Int
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(encoding: JSONEncoding, depth: Int) {
        self.encoding = encoding
        self.depth = depth
    }

    private mutating func next() {
        encoding.text.next(at: depth)
        count += 1
    }

    mutating func encodeNil() {
        next()
        encoding.text.appendNull()
    }

    mutating func encode(_ value: String) {
        next()
        encoding.text.append(value)
    }

    mutating func encode(_ value: some FixedWidthInteger & Encodable) {
        next()
        encoding.text.append(value)
    }

    mutating func encode(_ value: some Encodable) throws {
        next()
        try encoding.append(value, at: depth)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        next()
        return JSONTextEncoder(encoding: encoding, depth: depth).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        next()
        return JSONTextEncoder(encoding: encoding, depth: depth).unkeyedContainer()
    }

    /// What a superclass encodes is an object.
    mutating func superEncoder() -> any Encoder {
        next()
        encoding.text.resume(.object, at: depth)
        return JSONTextEncoder(encoding: encoding, depth: depth)
    }
}
