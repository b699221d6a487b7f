import CLinux
import Dispatch
package import SystemPackage

extension Descriptor {
    /// Returns when there is something to read, or the other end is gone. Cancellation does not end it
    /// earlier.
    package func readable() async {
        await withCheckedContinuation { continuation in
            let source = DispatchSource.makeReadSource(fileDescriptor: raw, queue: .global())
            source.setEventHandler { source.cancel() }
            // Only then is the descriptor out of use, and may be closed.
            source.setCancelHandler { continuation.resume() }
            source.activate()
        }
    }

    /// The process that holds a POSIX write lock on this file.
    package func lockHolder() throws(Errno) -> Int32? {
        let pid = try systemCall { linux_lock_holder(raw) }
        return pid > 0 ? pid : nil
    }
}
