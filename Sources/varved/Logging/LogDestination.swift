import Linux
import Logging

/// Where the log goes: to the journal when the service manager started this process, else to standard error.
enum LogDestination {
    static func start(level: Logger.Level) {
        if Journal.isStandardError {
            LoggingSystem.bootstrap { label in JournalLogHandler(label: label, level: level) }
        } else {
            LoggingSystem.bootstrap { label in TerminalLogHandler(level: level) }
        }
    }
}
