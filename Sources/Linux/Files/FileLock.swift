import Glibc
package import SystemPackage

/// An exclusive lock on a file, held while the value lives, and gone with the process whatever happens.
package struct FileLock: ~Copyable, Sendable {
    private let file: Descriptor

    /// Takes the lock, or gives up at once: `Errno.wouldBlock` means another process has it.
    package init(_ file: consuming Descriptor) throws(Errno) {
        let raw = file.raw
        _ = try systemCall { flock(raw, LOCK_EX | LOCK_NB) }
        self.file = file
    }

    /// The locked file.
    package var descriptor: CInt { file.raw }
}
