package import SystemPackage

/// One line of the mount table.
package struct MountEntry: Hashable, Sendable {
    /// The kernel's number of the mount.
    package let identifier: UInt64
    package let parent: UInt64
    /// Where it is mounted, as this process sees it.
    package let target: [UInt8]
    /// Which directory of the file system is its root: `/` unless it is a bind mount.
    package let root: [UInt8]
    package let fileSystem: String
    package let source: [UInt8]
    package let options: String

    package init(
        identifier: UInt64, parent: UInt64, target: [UInt8], root: [UInt8], fileSystem: String,
        source: [UInt8], options: String
    ) {
        self.identifier = identifier
        self.parent = parent
        self.target = target
        self.root = root
        self.fileSystem = fileSystem
        self.source = source
        self.options = options
    }

    /// The mount is at `path` or below it.
    package func isAtOrBelow(_ path: [UInt8]) -> Bool {
        target.starts(with: path)
            && (target.count == path.count || path.last == 0x2F || target[path.count] == 0x2F)
    }

    /// Unmounts what is at this place; `false` when it is in use. With `lazily`, detaches it though it is.
    package func unmount(lazily: Bool = false) throws(Errno) -> Bool {
        try Linux.unmount(target, lazily: lazily)
    }
}
