import CSystemd

/// The service manager that started this process, if one did: told of its state.
///
/// Where none did, telling does nothing.
package enum ServiceManager {
    /// Ready to serve.
    package static func ready(status: String) { notify("READY=1\nSTATUS=\(singleLine(status))") }

    /// Ending; no new work is taken.
    package static func stopping(status: String) { notify("STOPPING=1\nSTATUS=\(singleLine(status))") }

    /// What the process does, in one line for an administrator.
    package static func status(_ status: String) { notify("STATUS=\(singleLine(status))") }

    /// Still alive: due more often than every `watchdogInterval`.
    package static func keepAlive() { notify("WATCHDOG=1") }

    /// How long the manager waits for `keepAlive()` before it restarts the process; `nil` when it does not
    /// watch.
    package static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        // SAFETY: the variable outlives the call.
        guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    private static func notify(_ state: String) {
        // A manager that can't be told does not change what this process has to do.
        // SAFETY: the string outlives the call.
        _ = unsafe sd_notify(0, state)
    }

    private static func singleLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
