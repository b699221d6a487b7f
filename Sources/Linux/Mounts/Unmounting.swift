import Glibc
import SystemPackage

/// Unmounts what is at `path`, which is not followed if it is a link; `false` when it is in use. Nothing mounted there counts
/// as done.
///
/// `lazily` detaches it though it is in use.
func unmount(_ path: borrowing some PathBytes & ~Copyable, lazily: Bool = false) throws(Errno) -> Bool {
    let flags = CInt(UMOUNT_NOFOLLOW) | (lazily ? CInt(MNT_DETACH) : 0)
    do throws(Errno) {
        // SAFETY: the path is used within the call only.
        _ = try unsafe systemCall(path) { path in unsafe umount2(path, flags) }
        return true
    } catch {
        switch error {
        case .invalidArgument, .noSuchFileOrDirectory: return true
        case .resourceBusy: return false
        default: throw error
        }
    }
}
