import Model

/// The end of a step's output: at most so many lines and bytes, so that following a run takes little memory.
struct LogTail: Hashable, Sendable {
    static let mostLines = 400
    static let mostBytes = 256 << 10

    private var kept: [Event.LogLine] = []
    private var first = 0
    private var bytes = 0
    /// Lines that came before the kept ones.
    private(set) var dropped: Int64 = 0

    /// The kept lines, the oldest first.
    var lines: ArraySlice<Event.LogLine> { kept[first...] }

    mutating func append(_ line: Event.LogLine) {
        kept.append(line)
        bytes += line.bytes.count
        while kept.count - first > 1, kept.count - first > LogTail.mostLines || bytes > LogTail.mostBytes {
            bytes -= kept[first].bytes.count
            first += 1
            dropped += 1
        }
        if first > LogTail.mostLines {
            kept.removeFirst(first)
            first = 0
        }
    }
}
