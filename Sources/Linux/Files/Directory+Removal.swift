import CLinux
import Glibc
package import SystemPackage

extension Directory {
    /// Removes entry `name` with everything below it; nothing of that name is no error.
    ///
    /// Works at any depth with three descriptors. Never follows a link nor enters another mount
    /// (`Errno.improperLink`, `Errno.resourceBusy`); takes immutable flags away on its way. What is removed
    /// before a failure stays so.
    package func removeTree(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) {
        do {
            return try removeLeaf(name)
        } catch .noSuchFileOrDirectory {
            return
        } catch .isDirectory {
            // On to its content.
        }
        var removal = TreeRemoval(try openSameMount(name))
        try removal.run()
        try removeStubborn(name, directory: true)
    }

    /// Removes everything in this directory, but not itself.
    package func removeContents() throws(Errno) {
        var removal = TreeRemoval(try reopened())
        try removal.run()
    }

    fileprivate func openSameMount(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) -> Directory {
        Directory(
            opened: try openBeneath(
                name, [.readOnly, .directory, .noFollow],
                resolve: [.beneath, .noMagicLinks, .noSymbolicLinks, .noMountCrossing]))
    }

    /// Removes anything but a directory, for which it throws `Errno.isDirectory`.
    fileprivate func removeLeaf(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) {
        try removeStubborn(name, directory: false)
    }

    /// Removes an entry, if need be after taking immutable flags from it and from this directory.
    private func removeStubborn(
        _ name: borrowing some PathBytes & ~Copyable, directory: Bool
    ) throws(Errno) {
        do {
            try remove(name, directory: directory)
        } catch .notPermitted {
            // POSIX answers EPERM for a directory where Linux says EISDIR; and immutable files answer it too.
            let status = try status(name)
            if status.kind == .directory && !directory { throw .isDirectory }
            _ = linux_clear_immutable(raw)
            if status.kind == .file || status.kind == .directory {
                let entry = try openFile(name, [.readOnly, .nonBlocking])
                _ = linux_clear_immutable(entry.raw)
            }
            try remove(name, directory: directory)
        }
    }
}

/// The removal of everything below one directory, going down by name and up by `..`, so that depth costs
/// memory and no descriptors.
private struct TreeRemoval: ~Copyable {
    private struct Level {
        let name: [UInt8]
        /// The directory this level was entered from, to know it again on the way up.
        let parent: FileStatus
        /// Directories of the parent that are still to be removed.
        var siblings: [[UInt8]]
    }

    private var current: Directory
    private var levels: [Level] = []

    init(_ root: consuming Directory) { current = root }

    mutating func run() throws(Errno) {
        var subdirectories = try removeLeaves()
        while true {
            if let name = subdirectories.popLast() {
                levels.append(Level(name: name, parent: try current.status(), siblings: subdirectories))
                current = try current.openSameMount(name)
                subdirectories = try removeLeaves()
            } else if let level = levels.popLast() {
                let parent = try Directory(opened: current.openFile("..", [.readOnly, .directory]))
                // Someone moved the directory meanwhile: never go on where it lies now.
                guard try parent.status().isSameFile(as: level.parent) else { throw .staleNFSFileHandle }
                current = parent
                try current.removeEmptied(level.name)
                subdirectories = level.siblings
            } else {
                return
            }
        }
    }

    /// Removes all but directories from the current directory; the names of those.
    private func removeLeaves() throws(Errno) -> [[UInt8]] {
        var subdirectories: [[UInt8]] = []
        try current.forEachEntry { (name) throws(Errno) in
            if name.kind == .directory {
                subdirectories.append(name.bytes)
                return
            }
            do throws(Errno) {
                try current.removeLeaf(name)
            } catch {
                switch error {
                case .isDirectory: subdirectories.append(name.bytes)
                // Someone else was faster.
                case .noSuchFileOrDirectory: return
                default: throw error
                }
            }
        }
        return subdirectories
    }
}

extension Directory {
    fileprivate func removeEmptied(_ name: [UInt8]) throws(Errno) {
        do {
            try removeStubborn(name, directory: true)
        } catch .noSuchFileOrDirectory {
            // Someone else was faster.
        }
    }
}
