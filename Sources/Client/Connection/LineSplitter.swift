/// Cuts a stream of bytes into lines.
struct LineSplitter {
    private var rest: [UInt8] = []

    /// The lines that `bytes` completes, without their newlines; what is left waits for more.
    mutating func lines(adding bytes: some Collection<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var position = bytes.startIndex
        while let newline = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(rest + bytes[position..<newline])
            rest = []
            position = bytes.index(after: newline)
        }
        rest.append(contentsOf: bytes[position...])
        return lines
    }
}
