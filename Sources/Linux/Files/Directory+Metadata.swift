import CLinux
import Glibc
package import SystemPackage

extension Directory {
    /// Sets the permission bits of `name`. Links have none: `Errno.tooManySymbolicLinkLevels`.
    package func setMode(_ name: borrowing some PathBytes & ~Copyable, _ mode: UInt32) throws(Errno) {
        // `fchmodat` follows links before Linux 6.6, and a place handle can't be changed by `fchmod`.
        let place = try openFile(name, .path)
        if try place.status().kind == .link { throw .tooManySymbolicLinkLevels }
        // SAFETY: the path's pointer is used by the call only.
        _ = try unsafe systemCall(place.processPath) { path in unsafe chmod(path, mode) }
    }

    /// Sets the owner of `name`, of a link itself; clears setuid, setgid and file capabilities of files.
    package func setOwner(
        _ name: borrowing some PathBytes & ~Copyable, uid: UInt32, gid: UInt32
    ) throws(Errno) {
        // SAFETY: the name's pointer is used by the call only.
        _ = try unsafe systemCall(name) { name in
            unsafe fchownat(raw, name, uid, gid, AT_SYMLINK_NOFOLLOW)
        }
    }

    /// Sets the modification time of `name`, of a link itself, in nanoseconds since 1970.
    package func setModified(
        _ name: borrowing some PathBytes & ~Copyable, _ modified: Int64
    ) throws(Errno) {
        let times = modificationTimes(modified)
        // SAFETY: pointers are used by the call only; the array has the two elements it reads.
        _ = try unsafe systemCall(name) { name in
            unsafe utimensat(raw, name, times, AT_SYMLINK_NOFOLLOW)
        }
    }
}
