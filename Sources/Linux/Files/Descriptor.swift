import CLinux
import Glibc
package import SystemPackage

/// Owns one close-on-exec file descriptor and closes it at the end of its life.
package struct Descriptor: ~Copyable, Sendable {
    /// The number, for system calls while the descriptor lives.
    package let raw: CInt

    /// Takes over an open descriptor, which nobody else may close from now on.
    package init(adopting raw: CInt) { self.raw = raw }

    deinit { Glibc.close(raw) }

    /// Gives the descriptor up without closing it.
    package consuming func release() -> CInt {
        let raw = self.raw
        discard self
        return raw
    }

    /// Closes, and says what a file system kept to itself until now (a full disk over NFS, a quota).
    package consuming func close() throws(Errno) {
        let raw = release()
        // Never repeated: after EINTR the number is free on Linux, and may be another thread's already.
        if Glibc.close(raw) < 0, errno != EINTR { throw Errno(rawValue: errno) }
    }

    /// Another descriptor of the same open file.
    package func duplicate() throws(Errno) -> Descriptor {
        Descriptor(adopting: try systemCall { fcntl(raw, F_DUPFD_CLOEXEC, 3) })
    }

    /// Opens a path of the process's own view.
    package static func openFile(
        _ path: borrowing some PathBytes & ~Copyable, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0o600
    ) throws(Errno) -> Descriptor {
        // SAFETY: the path's pointer is used by the call only.
        Descriptor(
            adopting: try unsafe systemCall(path) { path in
                unsafe linux_openat2(AT_FDCWD, path, flags.rawValue, mode, 0)
            })
    }

    /// What is open here.
    package func status() throws(Errno) -> FileStatus {
        var status = linux_status()
        // SAFETY: the empty path is a constant; `status` outlives the call.
        _ = try systemCall { unsafe linux_status_at(raw, "", LINUX_AT_EMPTY_PATH, &status) }
        return try FileStatus(status)
    }

    /// The path of this descriptor below `/proc/self/fd`, for calls that take paths only. Valid while it is
    /// open.
    package var processPath: String { "/proc/self/fd/\(raw)" }

    /// What was opened with `OpenFlags.path`, opened for reading if it is a file; nil for anything else.
    package func openedIfRegular() throws(Errno) -> Descriptor? {
        guard try status().kind == .file else { return nil }
        return try Descriptor.openFile(processPath, [.readOnly, .nonBlocking])
    }

    /// Sets the permission bits.
    package func setMode(_ mode: UInt32) throws(Errno) {
        _ = try systemCall { fchmod(raw, mode) }
    }

    /// Sets the owner; clears setuid, setgid and file capabilities, as the kernel does.
    package func setOwner(uid: UInt32, gid: UInt32) throws(Errno) {
        _ = try systemCall { fchown(raw, uid, gid) }
    }

    /// Sets the modification time, in nanoseconds since 1970, and leaves the access time.
    package func setModified(_ modified: Int64) throws(Errno) {
        let times = modificationTimes(modified)
        // SAFETY: the array outlives the call and has the two elements it reads.
        _ = try systemCall { unsafe futimens(raw, times) }
    }
}

/// The two times `utimensat` wants: access time untouched, and the given modification time.
func modificationTimes(_ modified: Int64) -> [timespec] {
    let (seconds, nanoseconds) = modified.quotientAndRemainder(dividingBy: 1_000_000_000)
    let isBefore = nanoseconds < 0
    return [
        timespec(tv_sec: 0, tv_nsec: LINUX_UTIME_OMIT),
        timespec(
            tv_sec: Int(isBefore ? seconds - 1 : seconds),
            tv_nsec: Int(isBefore ? nanoseconds + 1_000_000_000 : nanoseconds)),
    ]
}
