import CLinux
import Glibc
import Synchronization
package import SystemPackage

extension Descriptor {
    /// Returns when there is something to read, or the other end is gone. Cancellation does not end it
    /// earlier.
    package func readable() async {
        let raw = raw
        let isTaken = await withCheckedContinuation { continuation in
            if !ReadinessThread.shared.resume(continuation, when: raw) {
                continuation.resume(returning: false)
            }
        }
        if !isTaken { _ = try? await onBlockingThread { try Descriptor.waitUntilReadable([raw]) } }
    }

    /// The process that holds a POSIX write lock on this file.
    package func lockHolder() throws(Errno) -> Int32? {
        let pid = try systemCall { linux_lock_holder(raw) }
        return pid > 0 ? pid : nil
    }
}

/// The one thread that waits for all descriptors that somebody waits for.
///
/// The sources of libdispatch are not up to it: what watches a descriptor that hangs up (`EPOLLHUP`) may touch memory
/// that was freed, and a process's descriptor does so as soon as somebody else has reaped the process.
private final class ReadinessThread: Sendable {
    static let shared = ReadinessThread()

    private struct State {
        var waiting: [CInt: [CheckedContinuation<Bool, Never>]] = [:]
        /// What is written here has the thread look at `waiting`; nil before there is a thread.
        var bell: CInt?
    }

    private let state = Mutex(State())

    /// Resumes with true once `descriptor`, which must be open until then, can be read. Answers false if there is no
    /// thread to be had.
    func resume(_ continuation: CheckedContinuation<Bool, Never>, when descriptor: CInt) -> Bool {
        state.withLock { state in
            guard let bell = state.bell ?? begin() else { return false }
            state.bell = bell
            state.waiting[descriptor, default: []].append(continuation)
            // A pipe that is full rings already.
            var byte: UInt8 = 1
            // SAFETY: one byte of a variable that outlives the call.
            _ = unsafe write(bell, &byte, 1)
            return true
        }
    }

    /// Starts the thread; its bell.
    private func begin() -> CInt? {
        var ends: [CInt] = [-1, -1]
        // SAFETY: two elements, as the call takes.
        guard unsafe linux_pipe(&ends, 1) == 0 else { return nil }
        let (listening, bell) = (ends[0], ends[1])
        if Thread.start("readiness", { [self] in work(listening) }) { return bell }
        for end in [listening, bell] { close(end) }
        return nil
    }

    private func work(_ bell: CInt) {
        while true {
            var set = [pollfd(fd: bell, events: Int16(POLLIN), revents: 0)]
            set += state.withLock {
                $0.waiting.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            }
            // SAFETY: the array has as many elements as is said.
            guard unsafe poll(&set, nfds_t(set.count), -1) > 0 else { continue }
            if set[0].revents != 0 { hear(bell) }
            let ready = set.dropFirst().filter { $0.revents != 0 }.map(\.fd)
            let continuations = state.withLock { state in
                ready.flatMap { state.waiting.removeValue(forKey: $0) ?? [] }
            }
            for continuation in continuations { continuation.resume(returning: true) }
        }
    }

    private func hear(_ bell: CInt) {
        // SAFETY: the buffer is local, and as long as is said.
        unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            _ = unsafe read(bell, buffer.baseAddress, buffer.count)
        }
    }
}
