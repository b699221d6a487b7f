import Linux
import Logging

/// Writes records to the journal, each piece of metadata as a field: `run` is `VARVE_RUN`.
///
/// `journalctl VARVE_RUN=ID` shows what was said about a run.
struct JournalLogHandler: LogHandler {
    /// One logger's own, above that of all; nil where it has none.
    private var ownLevel: Logger.Level?
    var logLevel: Logger.Level {
        get { ownLevel.map { max($0, LogDestination.level) } ?? LogDestination.level }
        set { ownLevel = newValue }
    }
    var metadata: Logger.Metadata = [:]
    private let label: String

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let about = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        // Who reads only messages sees what it is about all the same.
        let message = ["\(event.message)"] + about.map { "\($0.key)=\($0.value)" }
        var fields: [(name: String, value: String)] = [
            ("MESSAGE", message.joined(separator: " ")), ("PRIORITY", event.level.priority),
            ("SYSLOG_IDENTIFIER", "varved"), ("VARVE_LABEL", label),
        ]
        fields += about.map { (JournalLogHandler.fieldName($0.key), "\($0.value)") }
        do {
            try Journal.send(fields)
        } catch {
            var fallback = TerminalLogHandler()
            fallback.metadata = metadata
            fallback.log(event: event)
        }
    }

    private static func fieldName(_ key: String) -> String {
        "VARVE_" + String(key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}

extension Logger.Level {
    /// As syslog numbers them.
    fileprivate var priority: String {
        switch self {
        case .critical: "2"
        case .error: "3"
        case .warning: "4"
        case .notice: "5"
        case .info: "6"
        case .debug, .trace: "7"
        }
    }
}
