/// A JSON document as it was written: members keep their order, and numbers their spelling (`3.10` stays
/// `3.10`).
///
/// Values that say the same are equal, wherever they stand.
package struct JSONValue: Sendable {
    package enum Content: Sendable, Hashable {
        case null
        case bool(Bool)
        /// As spelled in the document, or in decimal.
        case number(String)
        case string(String)
        case array([JSONValue])
        /// Names are unique where the value was read.
        case object([Member])
    }

    package struct Member: Sendable {
        package let name: String
        /// As `JSONValue.offset`.
        package let nameOffset: Int?
        package let value: JSONValue

        package init(_ name: String, at nameOffset: Int? = nil, _ value: JSONValue) {
            self.name = name
            self.nameOffset = nameOffset
            self.value = value
        }
    }

    package let content: Content
    /// The byte at which it begins in the text it was read from; nil if it was put together.
    package let offset: Int?

    package init(_ content: Content, at offset: Int? = nil) {
        self.content = content
        self.offset = offset
    }
}

extension JSONValue: Hashable {
    package static func == (one: Self, other: Self) -> Bool { one.content == other.content }
    package func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

extension JSONValue.Member: Hashable {
    package static func == (one: Self, other: Self) -> Bool {
        one.name == other.name && one.value == other.value
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(value)
    }
}

extension JSONValue {
    /// The member called `name` of an object; nil otherwise.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var string: String? {
        if case .string(let text) = content { text } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = content { value } else { nil }
    }

    package var integer: Int64? {
        if case .number(let spelling) = content { Int64(spelling) } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let elements) = content { elements } else { nil }
    }

    package var isNull: Bool {
        if case .null = content { true } else { false }
    }

    /// What kind of value this is, for messages.
    package var kindName: String {
        switch content {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
