import JSON

/// Encodes into a `JSONValue`.
struct JSONValueEncoder: Encoder {
    let slot: JSONSlot
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(slot: JSONSlot = JSONSlot(), codingPath: [any CodingKey] = []) {
        self.slot = slot
        self.codingPath = codingPath
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.becomeObject()
        return KeyedEncodingContainer(JSONObjectEncoding<Key>(slot: slot, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.becomeArray()
        return JSONArrayEncoding(slot: slot, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    /// How a floating-point number is spelled; infinities and NaN have no form in JSON.
    static func number(_ value: Double, _ codingPath: [any CodingKey]) throws -> JSONValue.Content {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "not a finite number"))
        }
        return .number("\(value)")
    }
}

extension JSONValueEncoder: SingleValueEncodingContainer {
    func encodeNil() { slot.set(.null) }
    func encode(_ value: Bool) { slot.set(.bool(value)) }
    func encode(_ value: String) { slot.set(.string(value)) }
    func encode(_ value: Double) throws { slot.set(try Self.number(value, codingPath)) }
    func encode(_ value: Float) throws { slot.set(try Self.number(Double(value), codingPath)) }
    func encode(_ value: some FixedWidthInteger & Encodable) { slot.set(.number("\(value)")) }
    func encode(_ value: some Encodable) throws { try value.encode(to: self) }
}
