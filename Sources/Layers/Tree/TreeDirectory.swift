import Linux
import Model
import SystemPackage

/// A directory that a walk has come to: where it lies below the walk's root, and its descriptor while that
/// is needed.
///
/// A walk over a deep tree closes what it will come back to later (`suspend`) and opens it again by its path,
/// so that depth does not cost descriptors. Paths longer than the kernel takes can't be opened again and are
/// refused; nothing that a step does within its own root by plain paths gets there.
final class TreeDirectory: TreeLevel {
    /// PATH_MAX without the terminator.
    static let longestPath = 4095

    let path: EntryPath
    private let root: SharedDirectory
    private var handle: SharedDirectory?

    init(root: consuming Directory) {
        path = .root
        let opened = SharedDirectory(root)
        self.root = opened
        handle = opened
    }

    private init(path: EntryPath, root: SharedDirectory, handle: SharedDirectory) {
        self.path = path
        self.root = root
        self.handle = handle
    }

    /// The directory `name` in here, not through a link.
    func child(_ name: [UInt8]) throws -> TreeDirectory {
        let childPath = path.appending(name)
        guard childPath.bytes.count <= Self.longestPath else { throw Failure.pathTooLong(childPath) }
        let opened = SharedDirectory(try opened().directory.openDirectory(name))
        return TreeDirectory(path: childPath, root: root, handle: opened)
    }

    /// The directory's descriptor, opened again if need be.
    func opened() throws(Errno) -> SharedDirectory {
        if let handle { return handle }
        let opened = SharedDirectory(try root.directory.openDirectory(beneath: path.bytes))
        handle = opened
        return opened
    }

    /// Closes the descriptor until it is needed again.
    func suspend() { if !path.isRoot { handle = nil } }
}

extension Failure {
    static func pathTooLong(_ path: EntryPath) -> Failure {
        let start = EntryPath.printable(path.bytes.prefix(80))
        return Failure(
            .tooLarge, "a path that begins with \(start) is longer than \(TreeDirectory.longestPath) bytes",
            fix: "make the directories there less deep, or remove them at the end of the step")
    }
}
