/// Encodes what is `Encodable` straight into compact JSON, without a tree of values in between.
///
/// Members come in the order in which a type encodes them; those of a dictionary by their names, so that equal values have
/// equal text. A value that encodes nothing is `{}`. What an encoder finds wrong is a defect of the type: coding paths are empty.
package struct JSONTextEncoder: Encoder {
    let encoding: JSONEncoding
    /// How many arrays and objects the value lies in.
    let depth: Int

    package var codingPath: [any CodingKey] { [] }
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// - Throws: `EncodingError` for a number that is not finite, or what a type itself throws.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoding = JSONEncoding()
        try encoding.append(value, at: 0)
        return encoding.text.bytes
    }

    /// The value is `text`, which is JSON already.
    func encode(verbatim text: [UInt8]) { encoding.text.append(contentsOf: text) }

    /// An object begun before for the same value is gone on with.
    package func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        encoding.text.resume(.object, at: depth)
        return KeyedEncodingContainer(JSONObjectEncoding<Key>(encoding: encoding, depth: depth + 1))
    }

    package func unkeyedContainer() -> any UnkeyedEncodingContainer {
        encoding.text.resume(.array, at: depth)
        return JSONArrayEncoding(encoding: encoding, depth: depth + 1)
    }

    package func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension JSONTextEncoder: SingleValueEncodingContainer {
    package func encodeNil() { encoding.text.appendNull() }
    package func encode(_ value: Bool) { encoding.text.append(value) }
    package func encode(_ value: String) { encoding.text.append(value) }
    package func encode(_ value: Double) throws { try encoding.text.append(value) }
    package func encode(_ value: Float) throws { try encoding.text.append(Double(value)) }
    package func encode(_ value: some FixedWidthInteger & Encodable) { encoding.text.append(value) }
    package func encode(_ value: some Encodable) throws { try encoding.append(value, at: depth) }
}
