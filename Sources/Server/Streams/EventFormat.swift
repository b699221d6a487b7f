import API
import JSON
import Model

/// How a run's events are laid out in an answer.
enum EventFormat: Sendable {
    /// One JSON object per line, as they are kept.
    case lines
    /// Server-sent events: the number as `id`, the object as `data`.
    case serverSent

    var mediaType: String {
        switch self {
        case .lines: MediaType.ndjson
        case .serverSent: MediaType.eventStream
        }
    }

    /// - Parameter lines: whole lines, each an event.
    func text(_ lines: [UInt8]) -> [UInt8] {
        switch self {
        case .lines: lines
        case .serverSent: EventFormat.serverSent(lines)
        }
    }

    private static func serverSent(_ lines: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(lines.count + lines.count / 4)
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            // Every event begins with its number: `{"seq":N,`.
            let number = line.dropFirst(#"{"seq":"#.utf8.count).prefix { (48...57).contains($0) }
            text += "id: ".utf8
            text += number
            text += "\ndata: ".utf8
            text += line
            text += "\n\n".utf8
        }
        return text
    }
}

/// Picks the events of one step out of a run's.
struct StepFilter: Sendable {
    private let mark: [UInt8]
    private let endMark: [UInt8]

    /// Unescaped quotation marks can't stand within a string, so this is never part of a step's output.
    init(_ step: StepKey) {
        var mark = Array(#","step":"#.utf8)
        JSONText.append(step.text, to: &mark)
        self.mark = mark
        endMark = Array(#","kind":"\#(Event.Kind.Name.stepEnd.rawValue)","#.utf8)
    }

    /// The step's lines, and whether its last one is among them.
    func pick(from lines: [UInt8]) -> (lines: [UInt8], hasEnded: Bool) {
        var picked: [UInt8] = []
        var hasEnded = false
        for line in lines.split(separator: UInt8(ascii: "\n")) where line.contains(mark) {
            picked += line
            picked.append(UInt8(ascii: "\n"))
            if line.contains(endMark) { hasEnded = true }
        }
        return (picked, hasEnded)
    }
}
