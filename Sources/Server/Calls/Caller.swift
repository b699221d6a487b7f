import Linux
import Model

/// Who sends the requests of one connection: what the kernel said when it was made, and the socket's rule.
struct Caller: Sendable {
    let identity: PeerIdentity
    /// The caller's own scope: his user's, unless the socket is bound to another.
    let scope: Scope
    /// Root, or a member of an admin group, unless the socket's rule says what its callers are.
    let isAdmin: Bool
    private let view: Result<PeerRoot, Failure>

    /// To be made when the connection is: later the peer's number may be another process's.
    init(socket: CInt, adminGroups: Set<UInt32>, _ rule: ListenerRule) throws {
        let identity = try PeerIdentity(ofSocket: socket)
        self.identity = identity
        scope = rule.scope ?? Scope(owner: identity.uid)
        isAdmin =
            switch rule.role {
            case .admin: true
            case .user: false
            case nil:
                identity.uid == 0 || adminGroups.contains(identity.gid)
                    || !adminGroups.isDisjoint(with: identity.groups)
            }
        view = Result { () throws(Failure) in
            do {
                return try PeerRoot(ofSocket: socket)
            } catch {
                throw Failure(
                    .callerUnreachable,
                    "the file system as the calling process \(identity.pid) sees it can't be reached: \(error)",
                    fix: "send the content in the request's body, or call from the daemon's own host")
            }
        }
    }

    /// Whether limits on connections leave room for this caller: root, so that somebody can see what is going on.
    var hasReserve: Bool { identity.uid == 0 && isAdmin }

    /// The file system as the caller sees it, with the caller's rights.
    ///
    /// - Throws: `caller-unreachable`.
    var root: PeerRoot {
        get throws(Failure) { try view.get() }
    }
}
