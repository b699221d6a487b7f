import API
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
            text += "id: ".utf8
            text += EventLine.number(of: line)
            text += "\ndata: ".utf8
            text += line
            text += "\n\n".utf8
        }
        return text
    }
}
