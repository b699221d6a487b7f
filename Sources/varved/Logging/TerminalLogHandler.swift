import Foundation
import Linux
import Logging
import Model

/// Writes records to standard error for people: time, level, message, and what it is about.
struct TerminalLogHandler: LogHandler {
    /// One logger's own, above that of all; nil where it has none.
    private var ownLevel: Logger.Level?
    var logLevel: Logger.Level {
        get { ownLevel.map { max($0, LogDestination.level) } ?? LogDestination.level }
        set { ownLevel = newValue }
    }
    var metadata: Logger.Metadata = [:]

    init() {}

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let about = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            .map { "  \($0.key)=\(TerminalLogHandler.quoted("\($0.value)"))" }.joined()
        let time = Timestamp(nanoseconds: SystemClock.realtime).rfc3339
        let level = event.level.rawValue.padded(to: 8)
        let line = "\(time) \(level) \(TerminalLogHandler.printable("\(event.message)"))\(about)\n"
        // One write, so that records of several threads do not mix. If nobody reads it there is nobody to tell.
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }

    private static func quoted(_ value: String) -> String {
        let text = printable(value)
        return text.isEmpty || text.contains(" ") ? "\"\(text)\"" : text
    }

    /// A caller's text must not be able to look like a record, or to steer the terminal.
    private static func printable(_ text: String) -> String { EntryPath.printable(Array(text.utf8)) }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
