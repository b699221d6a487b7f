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

/// The directory in which a relative place lies, empty for the one it is relative to, and its name there.
func splitPlace(_ place: ArraySlice<UInt8>) -> (way: [UInt8], name: [UInt8]) {
    guard let slash = place.lastIndex(of: 0x2F) else { return ([], Array(place)) }
    return (Array(place[..<slash]), Array(place[(slash + 1)...]))
}
