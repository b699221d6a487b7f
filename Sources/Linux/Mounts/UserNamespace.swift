import CLinux
import Glibc
import SystemPackage

/// A user namespace nobody lives in: a map from the owners on disk to those a mount shows.
final class UserNamespace: Sendable {
    let descriptor: Descriptor

    /// The namespace in which 0:0 on disk appears as the owner of `shift`, and no other owner has a place.
    init(_ shift: OwnerShift) throws(Errno) {
        let uids = "0 \(shift.uid) 1\n"
        let gids = "0 \(shift.gid) 1\n"
        // SAFETY: both strings outlive the call.
        descriptor = Descriptor(adopting: try systemCall { unsafe linux_user_namespace(uids, gids) })
    }
}
