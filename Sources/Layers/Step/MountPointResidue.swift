import Linux
import Model
import SystemPackage

/// What a container runtime left in a step's system layer where it mounted something.
///
/// Mount points are in the stub layer, so that a runtime has nothing to make. Where it did make one all the
/// same, an empty directory or file at a mount point is none of the step's: the step saw what was mounted
/// there. With it go directories on the way that are empty now and either equal to what is below or not
/// there at all.
struct MountPointResidue {
    let upper: SharedDirectory
    let below: ViewBelow

    func remove(_ points: [EntryPath]) throws(Failure) {
        // A step that wrote nothing has nothing of it.
        if try storing("read what a step wrote", { try upper.directory.isEmpty() }) { return }
        for point in points.sorted(by: { $1 < $0 }) where !point.isRoot {
            try storing("clean up the mount point \(point)") {
                guard let parent = point.parent, try removeEmpty(point) else { return }
                var directory = parent
                while let next = directory.parent, try removeRedundant(directory) { directory = next }
            }
        }
    }

    private func removeEmpty(_ path: EntryPath) throws -> Bool {
        guard let parent = try open(path.parent ?? .root, in: upper) else { return false }
        let name = Array(path.name)
        let modified = try parent.status().modified
        switch try parent.statusIfPresent(name) {
        case .some(let status) where status.kind == .directory:
            guard try parent.openDirectory(name).isEmpty() else { return false }
            try parent.remove(name, directory: true)
        case .some(let status) where status.kind == .file && status.size == 0:
            try parent.remove(name)
        default: return false
        }
        try parent.descriptor.setModified(modified)
        return true
    }

    /// Removes a directory that was only there for what is gone now.
    private func removeRedundant(_ path: EntryPath) throws -> Bool {
        guard let directory = try open(path, in: upper), try directory.isEmpty(), try !directory.isOpaque(),
            let parent = try open(path.parent ?? .root, in: upper)
        else { return false }
        if let other = try open(path, in: below.root()) {
            guard try EntryMetadata(of: directory).isEqual(EntryMetadata(of: other)) else { return false }
        }
        let modified = try parent.status().modified
        try parent.remove(Array(path.name), directory: true)
        try parent.descriptor.setModified(modified)
        return true
    }

    private func open(_ path: EntryPath, in root: SharedDirectory) throws(Errno) -> Directory? {
        if path.isRoot { return try root.directory.reopened() }
        do {
            return try root.directory.openDirectory(beneath: path.bytes)
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return nil
            default: throw error
            }
        }
    }
}
