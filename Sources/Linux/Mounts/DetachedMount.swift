import CLinux
import Glibc
package import SystemPackage

/// A mount, or a tree of mounts, that is nowhere in the file system yet: only its holder reaches it.
///
/// Dropped, it is gone without a trace. Attached, it becomes a `Mount` that has to be unmounted. Trees are
/// built detached and attached in one step, so that nobody ever sees half of one.
package struct DetachedMount: ~Copyable, Sendable {
    package let descriptor: Descriptor
    /// Where other mounts were put inside, relative to this one's root, outer before inner.
    private var inner: [[UInt8]] = []

    /// The number of the descriptor, for system calls while the mount is detached.
    package var raw: CInt { descriptor.raw }

    /// Takes over a descriptor from `fsmount` or `open_tree`.
    package init(adopting descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Gives the descriptor up without closing it, and with it the mount.
    package consuming func release() -> CInt { descriptor.release() }

    /// What `mount --bind` makes: the same file or directory once more, with mount attributes of its own.
    package static func clone(
        of original: borrowing Descriptor, recursive: Bool = false
    ) throws(Errno) -> DetachedMount {
        let raw = original.raw
        let flags =
            UInt32(OPEN_TREE_CLONE) | UInt32(O_CLOEXEC) | UInt32(LINUX_AT_EMPTY_PATH)
            | (recursive ? LINUX_AT_RECURSIVE : 0)
        // SAFETY: the path is a constant.
        let clone = try systemCall { unsafe open_tree(raw, "", flags) }
        return DetachedMount(adopting: Descriptor(adopting: clone))
    }

    /// Sets attributes of this mount, or of all mounts of its tree.
    package func setAttributes(
        _ attributes: MountAttributes, recursive: Bool = false
    ) throws(Errno) {
        let attributes = mount_attr(
            attr_set: attributes.rawValue, attr_clr: 0, propagation: 0, userns_fd: 0)
        try set(attributes, recursive)
    }

    /// Makes owners appear as the user namespace maps them. Once, and before anything is opened for writing
    /// here.
    func setOwnerMap(_ namespace: borrowing Descriptor) throws(Errno) {
        let map = mount_attr(
            attr_set: UInt64(MOUNT_ATTR_IDMAP), attr_clr: 0, propagation: 0, userns_fd: UInt64(namespace.raw))
        try set(map, false)
    }

    private func set(_ attributes: mount_attr, _ recursive: Bool) throws(Errno) {
        var attributes = attributes
        let flags = UInt32(LINUX_AT_EMPTY_PATH) | (recursive ? LINUX_AT_RECURSIVE : 0)
        // SAFETY: the path is a constant, and `attributes` outlives the call.
        _ = try systemCall {
            unsafe mount_setattr(raw, "", flags, &attributes, MemoryLayout<mount_attr>.size)
        }
    }

    /// The root of the mount as a directory. Open, it keeps an attached mount busy.
    package func directory() throws(Errno) -> Directory {
        // SAFETY: the path is a constant.
        let root = try systemCall {
            unsafe linux_openat2(raw, ".", O_RDONLY | O_DIRECTORY, 0, 0)
        }
        return Directory(opened: Descriptor(adopting: root))
    }

    /// Puts another detached mount onto a directory inside this one; links on the way are not followed.
    ///
    /// `Errno.invalidArgument` where the kernel can't attach to a detached tree (before 6.15): see
    /// `OverlaySupport.attachesToDetached`.
    package mutating func attach(
        _ other: consuming DetachedMount, at path: borrowing some PathBytes & ~Copyable
    ) throws(Errno) {
        inner += try other.move(into: try directory(), at: path)
    }

    /// Moves to a directory below `root`; the places of all mounts of this tree there.
    func move(
        into root: borrowing Directory, at path: borrowing some PathBytes & ~Copyable
    ) throws(Errno) -> [[UInt8]] {
        try move(onto: try root.openBeneath(path, [.path, .directory]))
        let name = try path.bytes()
        return [name] + inner.map { name + [0x2F] + $0 }
    }

    /// Puts the mount onto the directory at a path of the process's own view, where it stays until unmounted.
    ///
    /// A link there is not followed. If it throws, the mount is gone.
    ///
    /// - Parameter path: absolute, and not for others to change for as long as the mount is there.
    package consuming func attach(at path: borrowing some PathBytes & ~Copyable) throws(Errno) -> Mount {
        let place = try path.bytes()
        guard place.first == 0x2F else { throw .invalidArgument }
        let identifier = try descriptor.status().mountID
        // SAFETY: the empty path is a constant, the other one used by the call only.
        _ = try unsafe systemCall(path) { path in
            unsafe move_mount(raw, "", AT_FDCWD, path, UInt32(MOVE_MOUNT_F_EMPTY_PATH))
        }
        // Here the descriptor is closed: it would keep the mount busy.
        return Mount(path: place, identifier: identifier, inner: inner)
    }

    private func move(onto target: borrowing Descriptor) throws(Errno) {
        let to = target.raw
        let flags = UInt32(MOVE_MOUNT_F_EMPTY_PATH) | UInt32(MOVE_MOUNT_T_EMPTY_PATH)
        // SAFETY: both paths are constants.
        _ = try systemCall { unsafe move_mount(raw, "", to, "", flags) }
    }
}
