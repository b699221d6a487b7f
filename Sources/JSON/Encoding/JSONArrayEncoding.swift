/// The elements of an array being encoded.
struct JSONArrayEncoding: UnkeyedEncodingContainer {
    let writer: JSONTextWriter
    /// That of the elements.
    let depth: Int
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(writer: JSONTextWriter, depth: Int) {
        self.writer = writer
        self.depth = depth
    }

    private mutating func next() {
        writer.next(at: depth)
        count += 1
    }

    mutating func encodeNil() {
        next()
        writer.appendNull()
    }

    mutating func encode(_ value: String) {
        next()
        writer.append(value)
    }

    mutating func encode(_ value: some FixedWidthInteger & Encodable) {
        next()
        writer.append(value)
    }

    mutating func encode(_ value: some Encodable) throws {
        next()
        try writer.append(value, at: depth)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        next()
        return JSONTextEncoder(writer: writer, depth: depth).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        next()
        return JSONTextEncoder(writer: writer, depth: depth).unkeyedContainer()
    }

    /// What a superclass encodes is an object.
    mutating func superEncoder() -> any Encoder {
        next()
        writer.resume(.object, at: depth)
        return JSONTextEncoder(writer: writer, depth: depth)
    }
}
