/// JSON text that grows from its beginning to its end, each value at its own depth.
struct JSONTextWriter {
    enum Container {
        case object
        case array

        var opening: UInt8 { self == .object ? UInt8(ascii: "{") : UInt8(ascii: "[") }
        var closing: UInt8 { self == .object ? UInt8(ascii: "}") : UInt8(ascii: "]") }
    }

    private(set) var bytes: [UInt8] = []
    /// Not closed yet, the outermost first: a container ends where something outside it goes on.
    private var open: [Container] = []

    init() { bytes.reserveCapacity(1024) }

    /// Begins an array or object as the value at `depth`, unless that is what is open there.
    mutating func resume(_ container: Container, at depth: Int) {
        if open.count > depth {
            precondition(open[depth] == container, "a value that is both an object and an array")
            close(to: depth + 1)
        } else {
            bytes.append(container.opening)
            open.append(container)
        }
    }

    /// Goes on with the array or object at `depth - 1` after what it has.
    mutating func next(at depth: Int) {
        close(to: depth)
        if bytes.last != open[depth - 1].opening { bytes.append(UInt8(ascii: ",")) }
    }

    mutating func next(_ name: String, at depth: Int) {
        next(at: depth)
        append(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Ends the value at `depth`, which began after `start` bytes; one of which nothing was written is an object.
    mutating func finish(at depth: Int, from start: Int) {
        if bytes.count == start { resume(.object, at: depth) }
        close(to: depth)
    }

    private mutating func close(to depth: Int) {
        while open.count > depth { bytes.append(open.removeLast().closing) }
    }

    mutating func append(_ values: [String], at depth: Int) {
        resume(.array, at: depth)
        for value in values {
            next(at: depth + 1)
            append(value)
        }
    }

    mutating func append(contentsOf text: some Collection<UInt8>) { bytes.append(contentsOf: text) }
    mutating func appendNull() { append(contentsOf: "null".utf8) }
    mutating func append(_ value: Bool) { append(contentsOf: (value ? "true" : "false").utf8) }
    mutating func append(_ value: String) { JSONText.append(value, to: &bytes) }

    mutating func append(_ value: some FixedWidthInteger) {
        if let number = Int64(exactly: value) {
            JSONText.append(number, to: &bytes)
        } else {
            append(contentsOf: String(value).utf8)
        }
    }

    /// Infinities and NaN have no form in JSON.
    mutating func append(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "not a finite number"))
        }
        append(contentsOf: "\(value)".utf8)
    }
}
