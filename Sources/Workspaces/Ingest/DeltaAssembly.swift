import Linux
import Model
import SystemPackage

/// Turns a layer directory with the changed files and links in it into the layer that makes one revision of another.
///
/// What went away becomes a whiteout; a directory where none was becomes opaque; every directory on the way to a change appears
/// with its mode. Times come last: the source's in a first revision; afterwards, for what is new or changed, the later of
/// the source's and the moment of the ingest.
struct DeltaAssembly {
    let difference: RevisionDifference
    let root: SharedDirectory
    /// Nil in a workspace's first revision.
    let moment: Int64?
    private(set) var records: [StatRecord]

    private struct Frame {
        let level: RevisionDifference.Level
        var changes: [RevisionDifference.Change]
        var next = 0
        /// Names came or went.
        var namesChanged = false
    }

    init(_ difference: RevisionDifference, root: SharedDirectory, moment: Int64?, records: [StatRecord]) {
        self.difference = difference
        self.root = root
        self.moment = moment
        self.records = records
    }

    mutating func run() throws(Errno) {
        var trail = DirectoryTrail(root: root)
        let top = RevisionDifference.Level(
            name: [], new: difference.new.root, old: difference.old?.root,
            replaces: difference.old == nil ? .unseen : .directory)
        var frames = [Frame(level: top, changes: difference.changes(in: top))]
        while let frame = frames.last {
            let last = frames.count - 1
            guard frame.next < frame.changes.count else {
                try finish(frame, trail.current.directory)
                frames.removeLast()
                if !frames.isEmpty { try trail.pop() }
                continue
            }
            frames[last].next += 1
            switch frame.changes[frame.next] {
            case .removed(let name):
                frames[last].namesChanged = true
                try hide(name, in: trail.current.directory)
            case .leaf(let name, let index, let isNewName):
                if isNewName { frames[last].namesChanged = true }
                try stamp(name, index, in: trail.current.directory)
            case .directory(let level):
                if level.replaces != .directory { frames[last].namesChanged = true }
                try trail.push(level.name, DeltaAssembly.makeDirectory(level, in: trail.current.directory))
                frames.append(Frame(level: level, changes: difference.changes(in: level)))
            }
        }
    }

    private static func makeDirectory(
        _ level: RevisionDifference.Level, in parent: borrowing Directory
    ) throws(Errno) -> SharedDirectory {
        if try parent.statusIfPresent(level.name) == nil { try parent.createDirectory(level.name) }
        let directory = try parent.openDirectory(level.name)
        switch level.replaces {
        // Lower layers may have had a directory of the name before: opaque whatever a whiteout in between says.
        case .nothing, .other: try directory.setOpaque()
        case .directory, .unseen: break
        }
        return SharedDirectory(directory)
    }

    private func hide(_ name: [UInt8], in directory: borrowing Directory) throws(Errno) {
        try directory.removeTree(name)
        try directory.createWhiteout(name)
    }

    private mutating func stamp(_ name: [UInt8], _ index: Int, in directory: borrowing Directory)
        throws(Errno)
    {
        guard let moment else {
            records[index].shown = records[index].modified
            return
        }
        records[index].shown = max(records[index].modified, moment)
        try directory.setModified(name, records[index].shown)
    }

    private mutating func finish(_ frame: Frame, _ directory: borrowing Directory) throws(Errno) {
        let index = frame.level.new.index
        if let moment {
            let old = frame.level.old.map { difference.old?.nodes[$0.index].mode }
            if frame.namesChanged || old != difference.new.nodes[index].mode {
                records[index].shown = max(records[index].modified, moment)
            }
        } else {
            records[index].shown = records[index].modified
        }
        try directory.descriptor.setMode(UInt32(difference.new.nodes[index].mode))
        try directory.descriptor.setModified(records[index].shown)
    }
}
