package import CLinux
import Glibc
package import SystemPackage

/// What `statx` says of one entry, links not followed.
package struct FileStatus: Hashable, Sendable {
    package let kind: FileKind
    /// Permission bits with setuid, setgid and sticky: `07777`.
    package let mode: UInt32
    package let uid: UInt32
    package let gid: UInt32
    package let size: Int64
    /// Allocated blocks of 512 bytes.
    package let blocks: Int64
    package let links: UInt32
    package let inode: UInt64
    /// The file system's device.
    package let device: DeviceNumber
    /// The device a device node stands for.
    package let representedDevice: DeviceNumber
    /// Modification time in nanoseconds since 1970, held at the ends of `Int64`.
    package let modified: Int64
    /// Status change time in nanoseconds since 1970, held at the ends of `Int64`.
    package let changed: Int64
    package let mountID: UInt64

    package init(_ status: linux_status) throws(Errno) {
        guard let kind = FileKind(mode: status.mode) else { throw .notSupported }
        self.kind = kind
        mode = status.mode & 0o7777
        uid = status.uid
        gid = status.gid
        size = Int64(clamping: status.size)
        blocks = Int64(clamping: status.blocks)
        links = status.links
        inode = status.inode
        device = DeviceNumber(major: status.device_major, minor: status.device_minor)
        representedDevice = DeviceNumber(major: status.rdev_major, minor: status.rdev_minor)
        modified = status.modified_ns
        changed = status.changed_ns
        mountID = status.mount_id
    }

    /// Asks for the status of a path of the process's own view, or one relative to an open directory.
    init(
        of path: borrowing some PathBytes & ~Copyable, in directory: CInt = AT_FDCWD
    ) throws(Errno) {
        var status = linux_status()
        // SAFETY: pointers are used by the call only.
        _ = try unsafe systemCall(path) { path in unsafe linux_status_at(directory, path, 0, &status) }
        try self.init(status)
    }

    /// An overlay's mark for a removed name: character device 0:0.
    package var isWhiteout: Bool {
        kind == .characterDevice && representedDevice == DeviceNumber(major: 0, minor: 0)
    }

    /// The same file on the same file system.
    package func isSameFile(as other: FileStatus) -> Bool {
        inode == other.inode && device == other.device
    }
}
