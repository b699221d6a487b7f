import CSystemd
import Glibc
package import SystemPackage

/// The service manager that started this process, if one did: told of its state, asked for sockets.
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

    /// Asks for this much more time for what is under way.
    package static func extendTimeout(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        notify("EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)")
    }

    /// How long the manager waits for `keepAlive()` before it restarts the process; `nil` when it does not
    /// watch.
    package static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        // SAFETY: the variable outlives the call.
        guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    /// Takes over the sockets the manager opened for this process, in its order; a second call gets none.
    package static func takeListeningDescriptors() throws(Errno) -> [CInt] {
        // Unsetting the environment keeps children from taking them for theirs.
        let count = sd_listen_fds(1)
        if count < 0 { throw Errno(rawValue: -count) }
        return (0..<count).map { listenDescriptorsStart + $0 }
    }

    /// SD_LISTEN_FDS_START, a macro Swift does not import.
    private static let listenDescriptorsStart: CInt = 3

    /// The descriptor is a Unix stream socket that listens.
    package static func isListeningUnixSocket(_ descriptor: CInt) -> Bool {
        sd_is_socket_unix(descriptor, CInt(SOCK_STREAM.rawValue), 1, nil, 0) > 0
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
