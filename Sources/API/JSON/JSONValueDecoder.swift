import JSON

/// Decodes from a `JSONValue`.
struct JSONValueDecoder: Decoder {
    let value: JSONValue
    let codingPath: [any CodingKey]
    let unknownMembers: JSONCoding.UnknownMembers
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ value: JSONValue, codingPath: [any CodingKey], unknownMembers: JSONCoding.UnknownMembers) {
        self.value = value
        self.codingPath = codingPath
        self.unknownMembers = unknownMembers
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }

    func child(_ value: JSONValue, _ key: any CodingKey) -> JSONValueDecoder {
        JSONValueDecoder(value, codingPath: codingPath + [key], unknownMembers: unknownMembers)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value.content else { throw mismatch("an object") }
        if unknownMembers == .refused,
            let unknown = members.first(where: { Key(stringValue: $0.name) == nil })
        {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "unknown member ‘\(unknown.name)’"))
        }
        return KeyedDecodingContainer(JSONObjectDecoding<Key>(decoder: self, members: members))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value.content else { throw mismatch("an array") }
        return JSONArrayDecoding(decoder: self, elements: elements)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func mismatch(_ expected: String) -> DecodingError {
        .typeMismatch(
            JSONValue.self,
            .init(codingPath: codingPath, debugDescription: "expected \(expected), found \(value.kindName)"))
    }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value.isNull }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let flag) = value.content else { throw mismatch("true or false") }
        return flag
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = value.content else { throw mismatch("a string") }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard case .number(let spelling) = value.content, let number = Double(spelling), number.isFinite
        else {
            throw mismatch("a number")
        }
        return number
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode<Number: FixedWidthInteger & Decodable>(_ type: Number.Type) throws -> Number {
        guard case .number(let spelling) = value.content else { throw mismatch("an integer") }
        guard let number = Number(spelling) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath,
                    debugDescription:
                        "expected an integer from \(Number.min) to \(Number.max), found \(spelling)"))
        }
        return number
    }
}
