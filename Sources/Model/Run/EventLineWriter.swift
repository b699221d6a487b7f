import JSON

/// Writes one event's members into bytes, with the separators between them.
struct EventLineWriter {
    var buffer: [UInt8]
    private var isFirst = true

    init(buffer: consuming [UInt8]) {
        self.buffer = buffer
    }

    mutating func begin(sequence: Int64, kind: String, time: [UInt8]) {
        buffer.append(UInt8(ascii: "{"))
        isFirst = true
        add("seq", sequence)
        add("kind", kind)
        name("ts")
        buffer.append(UInt8(ascii: "\""))
        buffer.append(contentsOf: time)
        buffer.append(UInt8(ascii: "\""))
    }

    mutating func end() {
        buffer.append(UInt8(ascii: "}"))
        buffer.append(UInt8(ascii: "\n"))
    }

    mutating func add(_ member: StaticString, _ value: String?) {
        name(member)
        JSONText.append(value, to: &buffer)
    }

    mutating func add(_ member: StaticString, _ value: Int64?) {
        name(member)
        JSONText.append(value, to: &buffer)
    }

    mutating func add(_ member: StaticString, _ value: Bool) {
        name(member)
        buffer.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// `line` where the bytes are UTF-8, else `line_base64`.
    mutating func add(line bytes: [UInt8]) {
        if (try? UTF8Span(validating: bytes.span)) != nil {
            name("line")
            buffer.append(UInt8(ascii: "\""))
            JSONText.appendEscaped(bytes.span, to: &buffer)
            buffer.append(UInt8(ascii: "\""))
        } else {
            name("line_base64")
            JSONText.appendBase64(bytes, to: &buffer)
        }
    }

    /// Begins an object as the value of `member`.
    mutating func open(_ member: StaticString) {
        name(member)
        buffer.append(UInt8(ascii: "{"))
        isFirst = true
    }

    mutating func close() {
        buffer.append(UInt8(ascii: "}"))
        isFirst = false
    }

    private mutating func name(_ member: StaticString) {
        if !isFirst { buffer.append(UInt8(ascii: ",")) }
        isFirst = false
        buffer.append(UInt8(ascii: "\""))
        // SAFETY: the pointer is read only inside the closure.
        member.withUTF8Buffer { unsafe buffer.append(contentsOf: $0) }
        buffer.append(UInt8(ascii: "\""))
        buffer.append(UInt8(ascii: ":"))
    }
}
