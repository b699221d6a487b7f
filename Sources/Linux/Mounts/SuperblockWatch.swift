import Dispatch
package import SystemPackage

/// Tells when the last mount of a file system is gone, in whichever namespace it was.
///
/// A clean unmount here says nothing of copies in other mount namespaces, through which processes go on
/// writing. An inotify watch on the root does not keep the file system, and hears when the kernel takes it
/// down.
package struct SuperblockWatch: ~Copyable, Sendable {
    /// Apart from other watches: each of these has two events in its life, so that the kernel's queue, of
    /// 16,384 by default, has room for all, and none is lost.
    private static let instance = InotifyInstance(.onDemand)

    private let watch: InotifyInstance.Watch
    /// Open once the file system is gone.
    private let gate = DispatchSemaphore(value: 0)

    /// Watches the file system of a mount whose root is that of the file system, as every overlay's is.
    package init(_ mount: borrowing DetachedMount) throws(Errno) {
        try self.init(mount.descriptor)
    }

    /// As `init(_:)`, by the root directory; which has to be closed before the file system can go.
    package init(root: borrowing Directory) throws(Errno) {
        try self.init(root.descriptor)
    }

    private init(_ root: borrowing Descriptor) throws(Errno) {
        // A root is never deleted, so what comes is the unmount.
        watch = try Self.instance.add(root, for: .deleteSelf) { [gate] events in
            if events.contains(.unmount) { gate.signal() }
        }
    }

    deinit { Self.instance.remove(watch) }

    /// Waits until the file system is gone; `false` when it is not after `timeout`. May be asked again. Blocks.
    package func wait(timeout: Duration) -> Bool {
        // What the kernel has said already, as it mostly has, needs no other thread.
        Self.instance.drain()
        guard gate.wait(timeout: .now()) == .success || waitForEvent(timeout) else { return false }
        gate.signal()
        return true
    }

    private func waitForEvent(_ timeout: Duration) -> Bool {
        let (seconds, attoseconds) = timeout.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        return Self.instance.attended {
            gate.wait(timeout: .now() + .nanoseconds(Int(nanoseconds))) == .success
        }
    }
}
