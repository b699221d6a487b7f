import CSystemd
import Glibc
import SystemPackage

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

    /// Settings are being read anew; `ready` follows.
    package static func reloading() {
        var time = timespec()
        // SAFETY: the variable outlives the call, which can't fail for this clock.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        notify("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)")
    }

    /// The listening Unix stream sockets that the manager holds for this process, by their paths; taken once, since each is
    /// closed by whoever gets it. Others that were passed are closed here.
    package static func takeListeningSockets() -> ListeningSockets {
        // The variables go from the environment, so that nobody else takes the sockets for his.
        let count = sd_listen_fds(1)
        var sockets = ListeningSockets()
        guard count > 0 else { return sockets }
        for raw in 3..<(3 + count) {
            let descriptor = Descriptor(adopting: raw)
            guard sd_is_socket_unix(raw, CInt(SOCK_STREAM.rawValue), 1, nil, 0) > 0,
                let path = try? descriptor.boundPath()
            else {
                sockets.refused += 1
                continue
            }
            sockets.add(descriptor, at: path)
        }
        return sockets
    }

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
