import CLinux
import Glibc
package import SystemPackage

/// An open directory: the place from which everything inside is reached.
///
/// A path is walked once, when the directory is opened; afterwards names are relative to the descriptor, so
/// nobody can exchange what lies between. A name given to these functions is one component and a link there
/// is never followed, except in `openBeneath` and `openFile(beneath:)`, which take paths and say how.
package struct Directory: ~Copyable, Sendable {
    package let descriptor: Descriptor

    /// The number of the descriptor, for system calls while the directory lives.
    package var raw: CInt { descriptor.raw }

    /// Takes over a descriptor; `Errno.notDirectory` when it is none of a directory.
    package init(adopting descriptor: consuming Descriptor) throws(Errno) {
        let status = try descriptor.status()
        if status.kind != .directory { throw .notDirectory }
        self.descriptor = descriptor
    }

    /// Takes over a descriptor that the kernel opened with `O_DIRECTORY`.
    init(opened descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Opens a path of the process's own view. With `following` false, `Errno.notDirectory` for a link as the
    /// last component.
    package init(
        opening path: borrowing some PathBytes & ~Copyable, following: Bool = true
    ) throws(Errno) {
        var flags: OpenFlags = [.readOnly, .directory]
        if !following { flags.insert(.noFollow) }
        self.init(opened: try Descriptor.openFile(path, flags))
    }

    /// Gives the descriptor up without closing it.
    package consuming func release() -> CInt {
        descriptor.release()
    }

    /// Another handle of the same directory, with its own position.
    package func reopened() throws(Errno) -> Directory { try openDirectory(".") }

    /// What this directory is.
    package func status() throws(Errno) -> FileStatus { try descriptor.status() }

    /// What `name` is; a link itself.
    package func status(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) -> FileStatus {
        try entryStatus(name)
    }

    /// The same for the one kind of name that is asked for by the ten thousand: other modules call what is generic without
    /// its being specialized, which takes longer than the kernel's answer.
    package func status(_ name: ArraySlice<UInt8>) throws(Errno) -> FileStatus { try entryStatus(name) }

    private func entryStatus(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) -> FileStatus {
        try FileStatus(of: name, in: raw)
    }

    /// What `name` is, or `nil` when there is nothing of that name.
    package func statusIfPresent(
        _ name: borrowing some PathBytes & ~Copyable
    ) throws(Errno) -> FileStatus? {
        do {
            return try status(name)
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }

    /// Opens the directory `name`; a link is `Errno.notDirectory`.
    package func openDirectory(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) -> Directory {
        Directory(opened: try open(name, [.readOnly, .directory, .noFollow], mode: 0, resolve: []))
    }

    /// Opens the file `name`; a link is `Errno.tooManySymbolicLinkLevels`.
    package func openFile(
        _ name: borrowing some PathBytes & ~Copyable, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0o600
    ) throws(Errno) -> Descriptor {
        try open(name, flags.union(.noFollow), mode: mode, resolve: [])
    }

    /// Opens a path below this directory, walked as `resolve` allows; an escape is `Errno.improperLink`.
    package func openBeneath(
        _ path: borrowing some PathBytes & ~Copyable, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0o600,
        resolve: ResolveFlags = [.beneath, .noMagicLinks, .noSymbolicLinks]
    ) throws(Errno) -> Descriptor {
        try open(path, flags, mode: mode, resolve: resolve)
    }

    /// Opens a path below this directory for reading if it leads to a file; nil for anything else, which is not opened: a
    /// FIFO would be waited for, and to open a device may do something.
    package func openRegularFile(
        beneath path: borrowing some PathBytes & ~Copyable,
        resolve: ResolveFlags = [.beneath, .noMagicLinks, .noSymbolicLinks]
    ) throws(Errno) -> Descriptor? {
        try openBeneath(path, .path, resolve: resolve).openedIfRegular()
    }

    /// Opens the directory at a path below this one, walked as `resolve` allows.
    package func openDirectory(
        beneath path: borrowing some PathBytes & ~Copyable,
        resolve: ResolveFlags = [.beneath, .noMagicLinks, .noSymbolicLinks]
    ) throws(Errno) -> Directory {
        Directory(opened: try open(path, [.readOnly, .directory], mode: 0, resolve: resolve))
    }

    private func open(
        _ path: borrowing some PathBytes & ~Copyable, _ flags: OpenFlags, mode: UInt32, resolve: ResolveFlags
    ) throws(Errno) -> Descriptor {
        var attempts = 0
        while true {
            do {
                // SAFETY: the path's pointer is used by the call only.
                return Descriptor(
                    adopting: try unsafe systemCall(path) { path in
                        unsafe linux_openat2(raw, path, flags.rawValue, mode, resolve.rawValue)
                    })
            } catch {
                // A rename elsewhere raced with a `..` in the path, and the kernel asks to try again; but a
                // file with a lease answers the same for as long as its holder likes.
                attempts += 1
                guard error == .resourceTemporarilyUnavailable, attempts < 32 else { throw error }
            }
        }
    }

    /// The path of `name` in here through this descriptor, for calls that take paths only.
    func processPath(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) -> [UInt8] {
        let prefix = descriptor.processPath
        // SAFETY: the pointer is NUL-terminated and used within its scope only.
        return try unsafe name.withCPath { name in
            unsafe Array(prefix.utf8) + [0x2F]
                + UnsafeBufferPointer(start: name, count: strlen(name)).map { UInt8(bitPattern: $0) }
        }
    }
}
