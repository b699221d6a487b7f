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

    private let patterns: [[UInt8]]
    private var standardOutput = Held()
    private var standardError = Held()

    /// The end of one stream, as it was and as it will be handed out.
    private struct Held {
        var bytes: [UInt8] = []
        var masked: [UInt8] = []
        var time = Timestamp(nanoseconds: 0)
    }

    package init(hiding values: [String]) {
        var patterns: Set<[UInt8]> = []
        for value in values {
            var whole = Array(value.utf8)
            // Programs that read a value leave newlines at its end away.
            while whole.last == Self.newline { whole.removeLast() }
            patterns.insert(whole)
            for line in whole.split(separator: Self.newline) { patterns.insert(Array(line)) }
        }
        // The longer first: of two that begin alike it hides all that the other does.
        self.patterns = patterns.filter { $0.count >= Self.shortest }.sorted { $0.count > $1.count }
    }

    /// What of the output can be handed out now that `frame` has come.
    package mutating func push(_ frame: LogFrame) -> LogFrame {
        guard !patterns.isEmpty else { return frame }
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
        let bytes = held.bytes + frame.bytes
        var masked = held.masked + frame.bytes
        for pattern in patterns { Self.hide(pattern, in: bytes, &masked) }
        let kept = beginning(at: bytes)
        held.bytes = Array(bytes.suffix(kept))
        held.masked = Array(masked.suffix(kept))
        held.time = frame.time
        return LogFrame(stream: frame.stream, time: frame.time, bytes: Array(masked.dropLast(kept)))
    }

    private static func hide(_ pattern: [UInt8], in bytes: [UInt8], _ masked: inout [UInt8]) {
        guard let first = pattern.first else { return }
        var place = 0
        while place + pattern.count <= bytes.count {
            guard bytes[place] == first, bytes[place..<(place + pattern.count)].elementsEqual(pattern) else {
                place += 1
                continue
            }
            for index in place..<(place + pattern.count) where bytes[index] != newline {
                masked[index] = UInt8(ascii: "*")
            }
            place += 1
        }
    }

    /// How many of the last bytes could go on to be a value.
    private func beginning(at bytes: [UInt8]) -> Int {
        var most = 0
        for pattern in patterns {
            for length in (1..<pattern.count).reversed() where length > most && length <= bytes.count {
                if bytes.suffix(length).elementsEqual(pattern.prefix(length)) {
                    most = length
                    break
                }
            }
        }
        return most
    }

    private static let newline = UInt8(ascii: "\n")
}
