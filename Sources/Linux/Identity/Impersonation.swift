import CLinux
import Glibc
import SystemPackage

/// Runs `body` on a thread of its own that has the peer's user, groups and rights on files; the thread ends
/// with it.
///
/// The thread has no capabilities but those of the identity; other threads are unchanged. Its user is still
/// the daemon's in all that is not about files: it must start no program and follow no magic link. `body` must
/// not hand work to other threads, which would do it as the daemon.
package func asPeer<T: ~Copyable & Sendable>(
    _ identity: PeerIdentity, _ body: @escaping @Sendable () throws -> T
) async throws -> T {
    let handover = Handover<T>()
    return try await handover.value { deliver in
        let isStarted = Thread.start("as-caller") {
            deliver {
                try impersonate(identity)
                return try body()
            }
        }
        // Not on this thread: it can never get its own identity back for certain.
        if !isStarted { deliver { throw Errno.resourceTemporarilyUnavailable } }
    }
}

/// Gives the calling thread the peer's rights, for good.
private func impersonate(_ identity: PeerIdentity) throws(Errno) {
    // SAFETY: the array outlives the call.
    _ = try systemCall {
        unsafe linux_impersonate_thread(
            identity.uid, identity.gid, identity.groups, identity.groups.count,
            identity.capabilities)
    }
}
