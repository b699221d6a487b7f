import CLinux
import Glibc
package import SystemPackage

/// One process, held by a pidfd so that its number can't come to mean another.
///
/// Ending the handle's life does nothing to the process. A child that nobody reaps stays a zombie: whoever
/// spawns waits for `ended()` and calls `reap()`.
package struct ProcessHandle: ~Copyable, Sendable {
    package let pid: Int32
    /// The pidfd; readable once the process has ended.
    package let descriptor: Descriptor

    private init(pid: Int32, descriptor: consuming Descriptor) {
        self.pid = pid
        self.descriptor = descriptor
    }

    /// Holds the process that has this number now.
    package init(opening pid: Int32) throws(Errno) {
        let raw = try systemCall { linux_pidfd_open(pid) }
        self.init(pid: pid, descriptor: Descriptor(adopting: raw))
    }

    /// Starts the program at `path`, which gets exactly this environment, `descriptors[i]` as its descriptor
    /// `i` and no other.
    ///
    /// Returns when the program runs; by then it has its own copies of the descriptors. Costs half a
    /// millisecond, whatever the size of the daemon.
    ///
    /// - Parameter blockingSignals: the program starts with all signals blocked, and opens them itself.
    package static func spawn(
        _ path: String, arguments: [String], environment: [String] = [], descriptors: [CInt],
        blockingSignals: Bool = false
    ) throws(Errno) -> ProcessHandle {
        var pid: Int32 = 0
        var pidfd: CInt = -1
        let outcome: Result<CInt, Errno> = try unsafe withCStrings([path] + arguments) {
            (arguments) throws(Errno) in
            try unsafe withCStrings(environment) { (environment) throws(Errno) in
                // SAFETY: all pointers are valid for the call, which returns after the child's exec. Never
                // repeated: after a failure there is no child.
                let result = unsafe linux_spawn(
                    arguments[0], arguments, environment, descriptors, descriptors.count,
                    blockingSignals ? 1 : 0, &pid, &pidfd)
                return result < 0 ? .failure(Errno(rawValue: errno)) : .success(result)
            }
        }
        _ = try outcome.get()
        return ProcessHandle(pid: pid, descriptor: Descriptor(adopting: pidfd))
    }

    /// Sends a signal; with a value it is queued with it (`sigqueue`). `Errno.noSuchProcess` after the end.
    package func signal(_ number: CInt, value: Int32? = nil) throws(Errno) {
        _ = try systemCall { linux_pidfd_send_signal(descriptor.raw, number, value ?? -1) }
    }

    /// The process has ended, though it may not have been reaped.
    package func hasEnded() throws(Errno) -> Bool {
        try systemCall { linux_pidfd_alive(descriptor.raw) } == 0
    }

    /// Returns when the process has ended. Not ended early by cancellation: end the process.
    package func ended() async {
        await descriptor.readable()
    }

    /// Blocks until the process has ended, `limit` at most; whether it has.
    package func waitBlocking(for limit: Duration) throws(Errno) -> Bool {
        let milliseconds = CInt(clamping: Int64((limit / .milliseconds(1)).rounded(.up)))
        var state = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        // SAFETY: `state` outlives the call.
        return try systemCall { unsafe poll(&state, 1, milliseconds) } > 0
    }

    /// Takes a child that has ended off the process table; does nothing for another's child.
    package func reap() {
        var info = unsafe siginfo_t()
        // SAFETY: `info` outlives the call.
        _ = try? systemCall { unsafe waitid(P_PIDFD, id_t(descriptor.raw), &info, WEXITED | WNOHANG) }
    }
}

/// Lends `strings` as a NULL-ended array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws(Errno) -> Result
) throws(Errno) -> Result {
    if strings.contains(where: { $0.utf8.contains(0) }) { throw .invalidArgument }
    var pointers = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    // SAFETY: the array and what it points to live until `body` has returned.
    return try unsafe pointers.withUnsafeBufferPointer { (buffer) throws(Errno) in
        guard let base = buffer.baseAddress else { throw .noMemory }
        return try unsafe body(base)
    }
}
