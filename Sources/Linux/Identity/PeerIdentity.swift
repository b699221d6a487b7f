import CLinux
import Glibc
package import SystemPackage

/// Whose rights the process at the other end of a Unix socket had when it connected.
package struct PeerIdentity: Hashable, Sendable {
    package let uid: UInt32
    package let gid: UInt32
    /// Supplementary groups.
    package let groups: [UInt32]
    /// The process, by a number that may be another's by now; `PeerProcess` can't be.
    package let pid: Int32
    /// What acting as the peer may keep of the daemon's capabilities, one bit each; none unless somebody looked
    /// at what root at the other end has.
    package let capabilities: UInt64

    package init(uid: UInt32, gid: UInt32, groups: [UInt32], pid: Int32, capabilities: UInt64 = 0) {
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.pid = pid
        self.capabilities = capabilities
    }

    /// This process itself, with all it may do.
    package static var daemon: PeerIdentity {
        PeerIdentity(uid: geteuid(), gid: getegid(), groups: [], pid: getpid(), capabilities: .max)
    }

    /// Asks the kernel about the peer of a connected socket.
    package init(ofSocket socket: CInt) throws(Errno) {
        var uid: UInt32 = 0
        var gid: UInt32 = 0
        var pid: Int32 = 0
        // SAFETY: the three variables outlive the call.
        _ = try systemCall { unsafe linux_peer_credentials(socket, &uid, &gid, &pid) }
        self.init(uid: uid, gid: gid, groups: try Self.groups(ofSocket: socket), pid: pid)
    }

    private static func groups(ofSocket socket: CInt) throws(Errno) -> [UInt32] {
        var capacity = 64
        while true {
            var groups = [UInt32](repeating: 0, count: capacity)
            var count = capacity
            do {
                // SAFETY: the array has `count` elements.
                _ = try systemCall { unsafe linux_peer_groups(socket, &groups, &count) }
                groups.removeSubrange(count...)
                return groups
            } catch .outOfRange where count > capacity {
                capacity = count
            }
        }
    }
}
