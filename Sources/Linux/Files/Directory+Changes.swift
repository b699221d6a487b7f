import CLinux
import Glibc
package import SystemPackage

extension Directory {
    /// Makes an empty directory; the process's umask applies to `mode`.
    package func createDirectory(
        _ name: borrowing some PathBytes & ~Copyable, mode: UInt32 = 0o700
    ) throws(Errno) {
        // SAFETY: the name's pointer is used by the call only.
        _ = try unsafe systemCall(name) { name in unsafe mkdirat(raw, name, mode) }
    }

    /// Opens the directory `name`; makes one that only its owner may look into if there is nothing of that name.
    package func ensureDirectory(
        _ name: borrowing some PathBytes & ~Copyable
    ) throws(Errno) -> Directory {
        do throws(Errno) {
            try createDirectory(name)
        } catch {
            guard error == .fileExists else { throw error }
        }
        return try openDirectory(name)
    }

    /// Makes an empty file where there is nothing of that name, open for reading and writing; umask applies.
    package func createFile(
        _ name: borrowing some PathBytes & ~Copyable, mode: UInt32 = 0o600
    ) throws(Errno) -> Descriptor {
        try openFile(name, [.readWrite, .create, .exclusive], mode: mode)
    }

    /// Makes a symbolic link with any text as its target.
    package func createLink(
        _ name: borrowing some PathBytes & ~Copyable, target: borrowing some PathBytes & ~Copyable
    ) throws(Errno) {
        // SAFETY: both pointers are used by the call only.
        _ = try unsafe systemCall(name, target) { name, target in unsafe symlinkat(target, raw, name) }
    }

    /// The target of the symbolic link `name`; `Errno.invalidArgument` for anything else.
    package func readLink(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) -> [UInt8] {
        // SAFETY: the buffer has PATH_MAX bytes, the longest a target can be, and the call says how many it
        // wrote.
        var target = [UInt8](repeating: 0, count: 4096)
        let count = try unsafe systemCall(name) { name in
            unsafe linux_readlinkat(raw, name, &target, target.count)
        }
        target.removeSubrange(count...)
        return target
    }

    /// Gives the file `name` a second name in `directory`.
    package func createHardLink(
        to name: borrowing some PathBytes & ~Copyable, in directory: borrowing Directory,
        as newName: borrowing some PathBytes & ~Copyable
    ) throws(Errno) {
        let target = directory.raw
        // SAFETY: both pointers are used by the call only.
        _ = try unsafe systemCall(name, newName) { name, newName in
            unsafe linkat(raw, name, target, newName, 0)
        }
    }

    /// Makes a device, FIFO or socket node, or an empty file; umask applies to `mode`.
    package func createNode(
        _ name: borrowing some PathBytes & ~Copyable, kind: FileKind, mode: UInt32,
        device: DeviceNumber = DeviceNumber(major: 0, minor: 0)
    ) throws(Errno) {
        // SAFETY: the name's pointer is used by the call only.
        _ = try unsafe systemCall(name) { name in
            unsafe linux_make_node(raw, name, kind.modeBits | mode, device.major, device.minor)
        }
    }

    /// Makes an overlay's mark for a removed name.
    package func createWhiteout(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) {
        try createNode(name, kind: .characterDevice, mode: 0)
    }

    /// What `rename` does with a name that exists already.
    package enum RenameMode: Sendable {
        case replace
        /// `Errno.fileExists` when the new name is taken.
        case noReplace
        /// Each entry takes the other's name in one step.
        case exchange
    }

    /// Moves `name` to `newName` in `directory` in one step.
    package func rename(
        _ name: borrowing some PathBytes & ~Copyable, to directory: borrowing Directory,
        as newName: borrowing some PathBytes & ~Copyable, _ mode: RenameMode = .replace
    ) throws(Errno) {
        let target = directory.raw
        let flags: UInt32 =
            switch mode {
            case .replace: 0
            case .noReplace: LINUX_RENAME_NOREPLACE
            case .exchange: LINUX_RENAME_EXCHANGE
            }
        // SAFETY: both pointers are used by the call only.
        _ = try unsafe systemCall(name, newName) { name, newName in
            unsafe linux_renameat2(raw, name, target, newName, flags)
        }
    }

    /// Moves `name` to `newName` in this directory in one step.
    package func rename(
        _ name: borrowing some PathBytes & ~Copyable, as newName: borrowing some PathBytes & ~Copyable,
        _ mode: RenameMode = .replace
    ) throws(Errno) {
        try rename(name, to: self, as: newName, mode)
    }

    /// Removes an empty directory, or any other entry.
    package func remove(
        _ name: borrowing some PathBytes & ~Copyable, directory: Bool = false
    ) throws(Errno) {
        // SAFETY: the name's pointer is used by the call only.
        _ = try unsafe systemCall(name) { name in
            unsafe unlinkat(raw, name, directory ? AT_REMOVEDIR : 0)
        }
    }

    /// Writes `bytes` as the whole content of `name` so that a reader, or a crash of the program, meets the old content or
    /// the new.
    ///
    /// After a loss of power the file may be there with anything in it, until the file system is synced: what has to be whole
    /// then says so itself.
    package func replaceFile(
        _ name: borrowing some PathBytes & ~Copyable, with bytes: [UInt8], mode: UInt32 = 0o600
    ) throws(Errno) {
        let temporary = ".\(UInt64.random(in: 0...UInt64.max))"
        let file = try createFile(temporary, mode: mode)
        do {
            try file.writeAll(bytes)
            try rename(temporary, as: name)
        } catch {
            try? remove(temporary)
            throw error
        }
    }
}
