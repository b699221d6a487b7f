/// The text that an encoder and the containers it handed out write, each at its own depth.
final class JSONTextWriter {
    enum Container {
        case object
        case array

        var opening: UInt8 { self == .object ? UInt8(ascii: "{") : UInt8(ascii: "[") }
        var closing: UInt8 { self == .object ? UInt8(ascii: "}") : UInt8(ascii: "]") }
    }

    var bytes: [UInt8] = []
    /// Not closed yet, the outermost first: a container ends where something outside it goes on.
    private var open: [Container] = []

    init() { bytes.reserveCapacity(1024) }

    /// Begins an array or object as the value at `depth`, unless that is what is open there.
    func resume(_ container: Container, at depth: Int) {
        if open.count > depth {
            precondition(open[depth] == container, "a value that is both an object and an array")
            close(to: depth + 1)
        } else {
            bytes.append(container.opening)
            open.append(container)
        }
    }

    /// Goes on with the array or object at `depth - 1` after what it has.
    func next(at depth: Int) {
        close(to: depth)
        if bytes.last != open[depth - 1].opening { bytes.append(UInt8(ascii: ",")) }
    }

    func next(_ name: String, at depth: Int) {
        next(at: depth)
        append(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private func close(to depth: Int) {
        while open.count > depth { bytes.append(open.removeLast().closing) }
    }

    func append(_ value: some Encodable, at depth: Int) throws {
        // The elements of an array come this way; what follows asks the runtime of each what it conforms to.
        if let text = value as? String { return append(text) }
        let start = bytes.count
        if let dictionary = value as? any WritableByName {
            try dictionary.write(to: self, at: depth)
        } else {
            try value.encode(to: JSONTextEncoder(writer: self, depth: depth))
        }
        if bytes.count == start { resume(.object, at: depth) }
        close(to: depth)
    }

    func append(contentsOf text: some Collection<UInt8>) { bytes.append(contentsOf: text) }
    func appendNull() { append(contentsOf: "null".utf8) }
    func append(_ value: Bool) { append(contentsOf: (value ? "true" : "false").utf8) }
    func append(_ value: String) { JSONText.append(value, to: &bytes) }

    func append(_ value: some FixedWidthInteger) {
        if let number = Int64(exactly: value) {
            JSONText.append(number, to: &bytes)
        } else {
            append(contentsOf: String(value).utf8)
        }
    }

    /// Infinities and NaN have no form in JSON.
    func append(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "not a finite number"))
        }
        append(contentsOf: "\(value)".utf8)
    }
}

/// A dictionary, which would encode its members in an order that differs from process to process.
private protocol WritableByName {
    func write(to writer: JSONTextWriter, at depth: Int) throws
}

extension Dictionary: WritableByName where Key == String, Value: Encodable {
    fileprivate func write(to writer: JSONTextWriter, at depth: Int) throws {
        writer.resume(.object, at: depth)
        for (name, value) in sorted(by: { $0.key < $1.key }) {
            writer.next(name, at: depth + 1)
            try writer.append(value, at: depth + 1)
        }
    }
}
