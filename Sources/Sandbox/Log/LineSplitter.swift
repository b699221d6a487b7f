package import Model

/// Makes lines of the frames of one step's log.
///
/// A line longer than 64 KiB, and one that waits for its newline for 200 ms, is handed out in parts, all but
/// the last marked partial. UTF-8 sequences are not cut apart. The times are those of the log, so a log gives
/// the same lines whenever it is read; who reads while it grows calls `flush(at:)` when `deadline` is due.
package struct LineSplitter: Sendable {
    package static let longest = 65536
    package static let patience = TimeSpan(milliseconds: 200)

    /// A line and when its first byte was read.
    package struct Line: Hashable, Sendable {
        package var time: Timestamp
        package var line: Event.LogLine
    }

    private struct Pending {
        var bytes: [UInt8] = []
        var since = Timestamp(nanoseconds: 0)
        /// Held back by the last flush: no more than the start of a character, which has no deadline of its
        /// own.
        var isHeldBack = false
    }

    private var standardOutput = Pending()
    private var standardError = Pending()

    package init() {}

    /// The lines that `frame` completes, after the parts that were due before it.
    package mutating func push(_ frame: LogFrame) -> [Line] {
        var lines = flush(at: frame.time)
        switch frame.stream {
        case .stdout: Self.append(frame, to: &standardOutput, &lines)
        case .stderr: Self.append(frame, to: &standardError, &lines)
        }
        return lines
    }

    /// When output that has no newline yet is to be handed out; nil while there is none.
    package var deadline: Timestamp? {
        [standardOutput, standardError].filter { !$0.bytes.isEmpty && !$0.isHeldBack }
            .map { $0.since.adding(Self.patience) }.min()
    }

    /// What has waited long enough at `time`, as partial lines.
    package mutating func flush(at time: Timestamp) -> [Line] {
        var lines: [Line] = []
        Self.flush(&standardOutput, .stdout, at: time, &lines)
        Self.flush(&standardError, .stderr, at: time, &lines)
        return lines
    }

    /// What is left when the log has ended: the last lines, which have no newline.
    package mutating func finish() -> [Line] {
        var lines: [Line] = []
        if !standardOutput.bytes.isEmpty { lines.append(Self.line(.stdout, &standardOutput)) }
        if !standardError.bytes.isEmpty { lines.append(Self.line(.stderr, &standardError)) }
        return lines.sorted { $0.time < $1.time }
    }

    private static func append(_ frame: LogFrame, to pending: inout Pending, _ lines: inout [Line]) {
        var rest = frame.bytes[...]
        while !rest.isEmpty {
            if pending.bytes.isEmpty || pending.isHeldBack { pending.since = frame.time }
            pending.isHeldBack = false
            let room = longest - pending.bytes.count
            if let newline = rest.prefix(room + 1).firstIndex(of: 0x0A) {
                pending.bytes += rest[..<newline]
                rest = rest[(newline + 1)...]
                lines.append(line(frame.stream, &pending))
            } else if rest.count > room {
                pending.bytes += rest.prefix(room)
                rest = rest.dropFirst(room)
                lines.append(part(frame.stream, &pending))
            } else {
                pending.bytes += rest
                rest = []
            }
        }
    }

    private static func flush(
        _ pending: inout Pending, _ stream: Event.LogLine.Stream, at time: Timestamp, _ lines: inout [Line]
    ) {
        guard !pending.bytes.isEmpty, !pending.isHeldBack, pending.since.adding(patience) <= time else {
            return
        }
        let part = part(stream, &pending)
        if !part.line.bytes.isEmpty { lines.append(part) }
        pending.isHeldBack = true
    }

    private static func line(_ stream: Event.LogLine.Stream, _ pending: inout Pending) -> Line {
        defer { pending = Pending() }
        return Line(time: pending.since, line: Event.LogLine(stream: stream, bytes: pending.bytes))
    }

    /// All that waits but a character's beginning.
    private static func part(_ stream: Event.LogLine.Stream, _ pending: inout Pending) -> Line {
        let kept = incompleteCharacter(pending.bytes)
        let bytes = Array(pending.bytes.dropLast(kept))
        pending.bytes = Array(pending.bytes.suffix(kept))
        return Line(time: pending.since, line: Event.LogLine(stream: stream, bytes: bytes, isPartial: true))
    }

    /// How many bytes at the end are the start of a UTF-8 sequence that goes on.
    private static func incompleteCharacter(_ bytes: [UInt8]) -> Int {
        for length in 1...3 where bytes.count >= length {
            let byte = bytes[bytes.count - length]
            if byte & 0b1100_0000 == 0b1000_0000 { continue }
            let whole = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return whole > length && byte < 0xF8 ? length : 0
        }
        return 0
    }
}
