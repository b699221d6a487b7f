import Linux
import Model

/// Who sends the requests of one connection, as the kernel said when it was made.
struct Caller: Sendable {
    let identity: PeerIdentity
    /// Root, or a member of an admin group.
    let isAdmin: Bool
    private let view: Result<PeerRoot, Failure>

    /// To be made when the connection is: later the peer's number may be another process's.
    init(socket: CInt, adminGroups: Set<UInt32>) throws {
        let identity = try PeerIdentity(ofSocket: socket)
        self.identity = identity
        isAdmin =
            identity.uid == 0 || adminGroups.contains(identity.gid)
            || !adminGroups.isDisjoint(with: identity.groups)
        view = Result { () throws(Failure) in
            do {
                return try PeerRoot(ofSocket: socket)
            } catch {
                throw Failure(
                    .callerUnreachable,
                    "the file system as the calling process \(identity.pid) sees it can't be reached: \(error)",
                    fix: "call from the daemon's own host, with a process that lives until the answer")
            }
        }
    }

    var scope: Scope { Scope(owner: identity.uid) }

    /// The file system as the caller sees it, with the caller's rights.
    ///
    /// - Throws: `caller-unreachable`.
    var root: PeerRoot {
        get throws(Failure) { try view.get() }
    }
}
