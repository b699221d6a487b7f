package import Linux
package import Model
import SystemPackage

/// Writes entries below one directory in the order they come, from input that may be hostile.
///
/// - A path is reached through real directories only. A link among its parents is refused, never followed;
///   parents that are missing are made.
/// - A later entry replaces an earlier one of the same path; a directory on a directory keeps its content.
/// - Owner, mode, attributes and times of directories are set by `finish`, after all content.
/// - Whiteouts and opaque directories are those of an overlay. A whiteout gives way to an entry of the same
///   layer; a directory in its place becomes opaque.
package struct TreeWriter: ~Copyable {
    /// What is to become of a directory that was made here.
    struct DirectoryPlan {
        /// Nil as long as no entry said: it was made for what lies in it.
        var metadata: ArchiveMetadata?
        /// Hides what lower layers have in the same place.
        var isOpaque = false
        /// Took the place of a whiteout, and so has nothing to do with a lower directory of that name.
        var isAnew = false
    }

    let root: Directory
    var plans: [EntryPath: DirectoryPlan] = [.root: DirectoryPlan()]
    var whiteouts: [EntryPath] = []
    /// Directories that were made for what lies in them.
    private(set) var impliedDirectories = 0
    /// Of paths and attributes in `plans` and `whiteouts`; those that were replaced count as well.
    private(set) var keptBytes = 0
    private var parent: Directory
    private var parentPath = EntryPath.root

    package init(root: consuming Directory) throws(Failure) {
        do throws(Errno) {
            parent = try root.reopened()
            self.root = root
        } catch {
            throw Failure.writing(error, "the directory to unpack into can't be opened")
        }
    }

    /// Makes a directory, or takes over one that is there.
    package mutating func writeDirectory(at path: EntryPath, _ metadata: ArchiveMetadata) throws(Failure) {
        guard !path.isRoot else {
            plans[.root]?.metadata = metadata
            return
        }
        try enterParent(of: path)
        let present = try status(of: path)
        if present?.kind != .directory {
            let wasWhiteout = try clear(path, present)
            try storing(path) { () throws(Errno) in try parent.createDirectory(path.name) }
            keep(DirectoryPlan(isOpaque: wasWhiteout, isAnew: wasWhiteout), for: path)
        }
        plans[path]?.metadata = metadata
        keptBytes += metadata.attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.count }
    }

    /// Makes an empty file, open for writing. `complete` sets what else it has.
    package mutating func createFile(at path: EntryPath) throws(Failure) -> Descriptor {
        try makeRoom(for: path)
        return try storing(path) { () throws(Errno) in try parent.createFile(path.name) }
    }

    /// Sets owner, attributes, mode and time of a file after its content is written.
    package func complete(
        _ file: borrowing Descriptor, at path: EntryPath, _ metadata: ArchiveMetadata
    ) throws(Failure) {
        // In this order: a change of owner clears setuid bits and capabilities.
        try storing(path) { () throws(Errno) in try file.setOwner(uid: metadata.uid, gid: metadata.gid) }
        for (name, value) in metadata.attributes {
            try settingAttribute(name, of: path) { () throws(Errno) in try file.setAttribute(name, to: value)
            }
        }
        try storing(path) { () throws(Errno) in
            try file.setMode(metadata.mode)
            try file.setModified(metadata.modified)
        }
    }

    /// Makes a symbolic link with any target: it is never followed here.
    package mutating func writeLink(
        at path: EntryPath, target: [UInt8], _ metadata: ArchiveMetadata
    ) throws(Failure) {
        guard !target.isEmpty else { throw Failure.archive("entry ‘\(path)’ is a link to nothing") }
        try makeRoom(for: path)
        try storing(path) { () throws(Errno) in try parent.createLink(path.name, target: target) }
        try completeNode(path, metadata, hasMode: false)
    }

    /// Makes a device or FIFO.
    package mutating func writeNode(
        at path: EntryPath, kind: FileKind, device: DeviceNumber, _ metadata: ArchiveMetadata
    ) throws(Failure) {
        try makeRoom(for: path)
        try storing(path) { () throws(Errno) in
            try parent.createNode(path.name, kind: kind, mode: 0o600, device: device)
        }
        try completeNode(path, metadata, hasMode: true)
    }

    /// Gives an entry that was written before one more name.
    ///
    /// - Throws: `archive-invalid` when there is no such entry, or it is a directory.
    package mutating func writeHardLink(at path: EntryPath, to target: EntryPath) throws(Failure) {
        let directory = try openParentOfTarget(target, linkedFrom: path)
        let status = try storing(path) { () throws(Errno) in try directory.statusIfPresent(target.name) }
        guard let status, !status.isWhiteout else { throw missingTarget(target, linkedFrom: path) }
        guard path != target else { return }
        guard status.kind != .directory else {
            throw Failure.archive("entry ‘\(path)’ is a hard link to ‘\(target)’, which is a directory")
        }
        guard !target.isAtOrBelow(path) else {
            throw Failure.archive("entry ‘\(path)’ is a hard link to ‘\(target)’ below itself")
        }
        try makeRoom(for: path)
        try storing(path) { () throws(Errno) in
            try directory.createHardLink(to: target.name, in: parent, as: path.name)
        }
    }

    /// Hides what lower layers have at `path`; what this layer has there, before or later, stays.
    package mutating func writeWhiteout(at path: EntryPath) throws(Failure) {
        try enterParent(of: path)
        switch try status(of: path)?.kind {
        case nil:
            try storing(path) { () throws(Errno) in try parent.createWhiteout(path.name) }
            whiteouts.append(path)
            keptBytes += path.bytes.count
        case .directory:
            plans[path]?.isOpaque = true
            plans[path]?.isAnew = true
        default: return
        }
    }

    /// Hides what lower layers have in the directory at `path`.
    package mutating func writeOpaque(at path: EntryPath) throws(Failure) {
        if !path.isRoot { try enter(path) }
        plans[path]?.isOpaque = true
    }

    // MARK: Reaching a place

    private mutating func enterParent(of path: EntryPath) throws(Failure) {
        guard let parent = path.parent else {
            throw Failure.archive("an entry that is no directory has the name of the topmost one")
        }
        try enter(parent)
    }

    /// Makes the directory at `path` the one that is worked in.
    private mutating func enter(_ path: EntryPath) throws(Failure) {
        if path == parentPath { return }
        do throws(Errno) {
            parent = try path.isRoot ? root.reopened() : root.openDirectory(beneath: path.bytes)
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels:
                parent = try makeWay(to: path)
            default: throw Failure.extraction(error, path)
            }
        }
        parentPath = path
    }

    /// Opens the directory at `path`, making what is missing of it.
    private mutating func makeWay(to path: EntryPath) throws(Failure) -> Directory {
        var place = EntryPath.root
        var current = try storing(path) { () throws(Errno) in try root.reopened() }
        for component in path.components {
            place = place.appending(component)
            let present = try storing(place) { () throws(Errno) in try current.statusIfPresent(component) }
            if present?.kind != .directory {
                let isWhiteout = present?.isWhiteout ?? false
                guard present == nil || isWhiteout else {
                    throw Failure.archive(
                        "an entry lies below ‘\(place)’, which the archive made no directory: ‘\(path)’",
                        fix: "list entries by the paths where they really are, not through links")
                }
                try storing(place) { () throws(Errno) in
                    if isWhiteout { try current.remove(component) }
                    try current.createDirectory(component)
                }
                keep(DirectoryPlan(isOpaque: isWhiteout, isAnew: isWhiteout), for: place)
                impliedDirectories += 1
            }
            current = try storing(place) { () throws(Errno) in try current.openDirectory(component) }
        }
        return current
    }

    private mutating func keep(_ plan: DirectoryPlan, for path: EntryPath) {
        plans[path] = plan
        keptBytes += path.bytes.count
    }

    private func openParentOfTarget(
        _ target: EntryPath, linkedFrom path: EntryPath
    ) throws(Failure) -> Directory {
        guard let targetParent = target.parent else {
            throw Failure.archive("entry ‘\(path)’ is a hard link to the topmost directory")
        }
        do throws(Errno) {
            return try targetParent.isRoot
                ? root.reopened() : root.openDirectory(beneath: targetParent.bytes)
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels:
                throw missingTarget(target, linkedFrom: path)
            default: throw Failure.extraction(error, path)
            }
        }
    }

    private func missingTarget(_ target: EntryPath, linkedFrom path: EntryPath) -> Failure {
        Failure.archive(
            "entry ‘\(path)’ is a hard link to ‘\(target)’, which this archive does not have before it",
            fix: "put the file itself into the same archive, before its links")
    }

    // MARK: Making room

    private func status(of path: EntryPath) throws(Failure) -> FileStatus? {
        try storing(path) { () throws(Errno) in try parent.statusIfPresent(path.name) }
    }

    private mutating func makeRoom(for path: EntryPath) throws(Failure) {
        try enterParent(of: path)
        _ = try clear(path, try status(of: path))
    }

    /// Removes what is at `path` in the parent; whether it was a whiteout.
    private mutating func clear(_ path: EntryPath, _ present: FileStatus?) throws(Failure) -> Bool {
        guard let present else { return false }
        try storing(path) { () throws(Errno) in
            if present.kind == .directory {
                try parent.removeTree(path.name)
            } else {
                try parent.remove(path.name)
            }
        }
        return present.isWhiteout
    }

    private func completeNode(
        _ path: EntryPath, _ metadata: ArchiveMetadata, hasMode: Bool
    ) throws(Failure) {
        try storing(path) { () throws(Errno) in
            try parent.setOwner(path.name, uid: metadata.uid, gid: metadata.gid)
        }
        for (name, value) in metadata.attributes {
            try settingAttribute(name, of: path) { () throws(Errno) in
                try parent.setAttribute(name, to: value, of: path.name)
            }
        }
        try storing(path) { () throws(Errno) in
            if hasMode { try parent.setMode(path.name, metadata.mode) }
            try parent.setModified(path.name, metadata.modified)
        }
    }
}
