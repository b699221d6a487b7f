extension JSONValue {
    /// Reads one document (RFC 8259) in UTF-8, in time linear in its length.
    ///
    /// - Parameters:
    ///   - mostLevels: how deep it may be; a scalar is one level.
    ///   - mostValues: how many values it may have, each of which takes many times its bytes: scalars, arrays, objects.
    package init(
        parsing bytes: [UInt8], mostLevels: Int, mostValues: Int = .max
    ) throws(JSONProblem) {
        self = try JSONParser.parse(bytes, mostLevels: mostLevels, mostValues: mostValues)
    }

    /// Appends the value as compact JSON.
    package func append(to buffer: inout [UInt8]) {
        switch content {
        case .null: buffer.append(contentsOf: "null".utf8)
        case .bool(let value): buffer.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let spelling): buffer.append(contentsOf: spelling.utf8)
        case .string(let text): JSONText.append(text, to: &buffer)
        case .array(let elements):
            buffer.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                element.append(to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object(let members):
            buffer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                JSONText.append(member.name, to: &buffer)
                buffer.append(UInt8(ascii: ":"))
                member.value.append(to: &buffer)
            }
            buffer.append(UInt8(ascii: "}"))
        }
    }

    /// Compact JSON.
    package var text: String {
        var buffer: [UInt8] = []
        append(to: &buffer)
        return String(decoding: buffer, as: UTF8.self)
    }
}
