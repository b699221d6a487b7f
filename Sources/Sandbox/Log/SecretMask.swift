import Model

/// Hides values in one step's output: each of their bytes becomes `*`, newlines excepted.
///
/// A value is found however the frames cut it apart, and so is each of its lines, since programs print line by line. The
/// output keeps its length, so that positions in it mean the same with and without the mask. What could be the beginning
/// of a value is held back until more has come or the output has ended.
///
/// A value or line of less than `shortest` bytes is not hidden: it would be found everywhere. Nor is one that was changed
/// on the way, by base64 for instance.
package struct SecretMask: Sendable {
    package static let shortest = 4

    private let search: StringSearch
    private var standardOutput = Held()
    private var standardError = Held()

    /// The end of one stream as it will be handed out, which could be the beginning of a value.
    private struct Held {
        var state = StringSearch.start
        var masked: [UInt8] = []
        var time = Timestamp(nanoseconds: 0)
    }

    package init(hiding values: [String]) {
        var patterns: [ArraySlice<UInt8>] = []
        for value in values {
            var whole = Array(value.utf8)[...]
            // Programs that read a value leave newlines at its end away.
            while whole.last == Self.newline { whole.removeLast() }
            patterns.append(whole)
            patterns += whole.split(separator: Self.newline)
        }
        search = StringSearch(patterns.filter { $0.count >= Self.shortest })
    }

    /// What of the output can be handed out now that `frame` has come.
    package mutating func push(_ frame: LogFrame) -> LogFrame {
        guard !search.isEmpty else { return frame }
        return switch frame.stream {
        case .stdout: push(frame, behind: &standardOutput)
        case .stderr: push(frame, behind: &standardError)
        }
    }

    /// What was held back when the output ended.
    package mutating func finish() -> [LogFrame] {
        defer { (standardOutput, standardError) = (Held(), Held()) }
        return [(Event.LogLine.Stream.stdout, standardOutput), (.stderr, standardError)]
            .filter { !$0.1.masked.isEmpty }
            .map { LogFrame(stream: $0.0, time: $0.1.time, bytes: $0.1.masked) }
    }

    private func push(_ frame: LogFrame, behind held: inout Held) -> LogFrame {
        let matches = frame.bytes.map { byte in
            held.state = search.state(after: byte, in: held.state)
            return search.match(in: held.state)
        }
        var masked = held.masked + frame.bytes
        hide(matches, in: &masked)
        let unfinished = search.unfinished(in: held.state)
        held.state = unfinished.state
        held.masked = Array(masked.suffix(unfinished.length))
        held.time = frame.time
        return LogFrame(
            stream: frame.stream, time: frame.time, bytes: Array(masked.dropLast(unfinished.length)))
    }

    /// - Parameter matches: for each of the last bytes, how many that end with it are to be hidden.
    private func hide(_ matches: [Int], in masked: inout [UInt8]) {
        var hidden = 0
        var place = masked.count
        for match in matches.reversed() {
            place -= 1
            hidden = max(hidden - 1, match)
            if hidden > 0 { hide(&masked[place]) }
        }
        while hidden > 1 {
            place -= 1
            hidden -= 1
            hide(&masked[place])
        }
    }

    private func hide(_ byte: inout UInt8) {
        if byte != Self.newline { byte = UInt8(ascii: "*") }
    }

    private static let newline = UInt8(ascii: "\n")
}
