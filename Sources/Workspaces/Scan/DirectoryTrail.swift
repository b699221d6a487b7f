import Linux
import SystemPackage

/// The open directories from a root down to where a walk stands, with a bounded number of descriptors at any depth.
///
/// Directories further up are closed and reached again by `..` on the way back, which must be the very directory that was left.
struct DirectoryTrail {
    private struct Level {
        let name: [UInt8]
        var handle: SharedDirectory?
        /// Noted when the handle is closed.
        var identity: FileStatus?
    }

    private static let openLevels = 48

    private let root: SharedDirectory
    private var levels: [Level] = []

    init(root: SharedDirectory) { self.root = root }

    var depth: Int { levels.count }

    /// Names from the root down.
    var names: [[UInt8]] { levels.map(\.name) }

    /// Where the walk stands.
    var current: SharedDirectory { levels.last?.handle ?? root }

    mutating func push(_ name: [UInt8], _ directory: SharedDirectory) throws(Errno) {
        levels.append(Level(name: name, handle: directory, identity: nil))
        let left = levels.count - 1 - DirectoryTrail.openLevels
        guard left >= 0, let handle = levels[left].handle else { return }
        levels[left].identity = try handle.directory.status()
        levels[left].handle = nil
    }

    /// - Throws: `Errno.staleNFSFileHandle` when someone moved the directory to another place meanwhile.
    mutating func pop() throws(Errno) {
        guard let child = levels.popLast(), let parent = levels.last, parent.handle == nil else { return }
        guard let handle = child.handle else { throw .staleNFSFileHandle }
        let opened = try Directory(adopting: handle.directory.openFile("..", [.readOnly, .directory]))
        guard let identity = parent.identity, try opened.status().isSameFile(as: identity) else {
            throw .staleNFSFileHandle
        }
        levels[levels.count - 1].handle = SharedDirectory(opened)
    }
}
