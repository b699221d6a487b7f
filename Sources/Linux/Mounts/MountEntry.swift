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

    package enum Unmounting {
        case done
        /// It is in use, or another lies on it.
        case busy
        /// Its place is not where the table has it.
        case moved
    }

    /// Unmounts this mount, which is at or below `base`. With `lazily`, detaches it though it is in use.
    package func unmount(below base: [UInt8], lazily: Bool) throws(Errno) -> Unmounting {
        guard target != base else { return try unmount(target, lazily) }
        let (way, name) = splitPlace(target.dropFirst(base.count).drop { $0 == 0x2F })
        do {
            var parent = try Directory(opening: base, following: false)
            if !way.isEmpty { parent = try parent.openDirectory(beneath: way) }
            guard let status = try parent.statusIfPresent(name), status.mountID == identifier else {
                return .moved
            }
            return try unmount(try parent.processPath(name), lazily)
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return .moved
            default: throw error
            }
        }
    }

    private func unmount(
        _ place: borrowing some PathBytes & ~Copyable, _ lazily: Bool
    ) throws(Errno) -> Unmounting {
        if try Linux.unmount(place) { return .done }
        if lazily, try Linux.unmount(place, lazily: true) { return .done }
        return .busy
    }
}
