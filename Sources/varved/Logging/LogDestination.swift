import Linux
import Logging
import Synchronization

/// Where the log goes: to the journal when the service manager started this process, else to standard error.
enum LogDestination {
    private static let shared = Mutex(Logger.Level.info)

    /// What is logged at least; may change while the daemon runs.
    static var level: Logger.Level {
        get { shared.withLock { $0 } }
        set { shared.withLock { $0 = newValue } }
    }

    static func start(level: Logger.Level) {
        self.level = level
        if Journal.isStandardError {
            LoggingSystem.bootstrap { label in JournalLogHandler(label: label) }
        } else {
            LoggingSystem.bootstrap { _ in TerminalLogHandler() }
        }
    }
}
