import CLinux
import Glibc
package import SystemPackage

/// Tells when the last mount of a file system is gone, in whichever namespace it was.
///
/// A clean unmount here says nothing of copies in other mount namespaces, through which processes go on
/// writing. An inotify watch on the root does not keep the file system, and hears when the kernel takes it
/// down.
///
/// Each watch is one of the user's inotify instances, 128 by default: make one for a mount that is about to
/// end.
package struct SuperblockWatch: ~Copyable, Sendable {
    private let inotify: Descriptor

    /// The descriptor becomes readable when the file system is gone.
    package var raw: CInt { inotify.raw }

    /// Watches the file system of a mount whose root is that of the file system, as every overlay's is.
    package init(_ mount: borrowing DetachedMount) throws(Errno) {
        try self.init(mount.descriptor)
    }

    /// As `init(_:)`, by the root directory; which has to be closed before the file system can go.
    package init(root: borrowing Directory) throws(Errno) {
        try self.init(root.descriptor)
    }

    private init(_ root: borrowing Descriptor) throws(Errno) {
        let inotify = Descriptor(adopting: try systemCall { inotify_init1(CInt(IN_CLOEXEC)) })
        let raw = inotify.raw
        // A root is never deleted, so what comes is IN_UNMOUNT, which can't be asked for.
        // SAFETY: the path's pointer is used by the call only.
        _ = try unsafe systemCall(root.processPath) { path in
            unsafe inotify_add_watch(raw, path, UInt32(IN_DELETE_SELF))
        }
        self.inotify = inotify
    }

    /// Waits until the file system is gone; `false` when it is not after `timeout`. May be asked again.
    package func wait(timeout: Duration) throws(Errno) -> Bool {
        let (seconds, attoseconds) = timeout.components
        let end = SystemClock.boottime + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        while true {
            let left = max(0, end - SystemClock.boottime)
            var state = pollfd(fd: inotify.raw, events: Int16(POLLIN), revents: 0)
            // Rounded up: a wait that ends early would look like a timeout.
            let milliseconds = CInt(clamping: (left + 999_999) / 1_000_000)
            // SAFETY: `state` outlives the call.
            let count = unsafe poll(&state, 1, milliseconds)
            if count > 0 { return true }
            if count < 0 && errno != EINTR { throw Errno(rawValue: errno) }
            if count == 0 { return false }
        }
    }
}
