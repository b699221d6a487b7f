/// A JSON document as it was written: members keep their order, and numbers their spelling (`3.10` stays
/// `3.10`).
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// As spelled in the document, or in decimal.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable, Hashable {
        package var name: String
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }
}

extension JSONValue {
    /// The member called `name` of an object; nil otherwise.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var integer: Int64? {
        if case .number(let spelling) = self { Int64(spelling) } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package var isNull: Bool { self == .null }

    /// What kind of value this is, for messages.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

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
