import Linux
import Model
import SystemPackage

/// The walk that finds what a layer changes relative to the view below, page by page.
///
/// Directories before their content, names by their bytes, so a path says where to go on. A directory that is
/// only there to hold changes is none itself; a file copied up without a change (same status, time, size and
/// attributes) is none either. A whiteout over nothing is not reported; an opaque directory's names that are
/// below and not in it are deletions.
struct LayerChanges: TreeVisitor {
    final class Level: TreeLevel {
        let layer: TreeDirectory
        /// The directory in the view below, where there is one.
        let below: TreeDirectory?
        /// What is below does not show through.
        let isOpaque: Bool
        /// What is left of the path to go on after, from here.
        let resume: ArraySlice<ArraySlice<UInt8>>
        var path: EntryPath { layer.path }

        init(
            _ layer: TreeDirectory, below: TreeDirectory?, isOpaque: Bool,
            resume: ArraySlice<ArraySlice<UInt8>>
        ) {
            self.layer = layer
            self.below = below
            self.isOpaque = isOpaque
            self.resume = resume
        }

        func suspend() {
            layer.suspend()
            below?.suspend()
        }
    }

    private let limit: Int
    private var changes: [LayerChange] = []

    var isDone: Bool { changes.count > limit }

    private init(limit: Int) { self.limit = limit }

    /// - Parameter after: the last path of the page before.
    static func page(
        of layer: borrowing Directory, over below: borrowing Directory, after: EntryPath?, limit: Int
    ) throws(Failure) -> LayerChangePage {
        var walk = LayerChanges(limit: limit)
        let root = try storing("open a layer") {
            Level(
                TreeDirectory(root: try layer.reopened()), below: TreeDirectory(root: try below.reopened()),
                isOpaque: try layer.isOpaque(), resume: after?.components[...] ?? [])
        }
        try walk.walk(from: root, action: "list the changes of a layer")
        // One more than was asked for says that there is another page.
        let changes = Array(walk.changes.prefix(limit))
        return LayerChangePage(changes: changes, next: walk.isDone ? changes.last?.path : nil)
    }

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        var names = Set(try level.layer.opened().directory.entryNames())
        if level.isOpaque, let below = level.below {
            names.formUnion(try below.opened().directory.entryNames())
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        var resume: ArraySlice<ArraySlice<UInt8>> = []
        var isReported = false
        if let start = level.resume.first {
            if name.lexicographicallyPrecedes(start) { return nil }
            isReported = start.elementsEqual(name)
            if isReported { resume = level.resume.dropFirst() }
        }
        let layer = try level.layer.opened()
        let status = try layer.directory.statusIfPresent(name)
        let below = try level.below?.opened().directory.statusIfPresent(name)
        guard let status, !status.isWhiteout else {
            if let below, !isReported { add(.deleted, name, below, level) }
            return nil
        }
        if !isReported { try report(name, status, over: below, level) }
        guard status.kind == .directory else { return nil }
        let isMerged = below?.kind == .directory
        return Level(
            try level.layer.child(name), below: isMerged ? try level.below?.child(name) : nil,
            isOpaque: try level.isOpaque || layer.directory.isOpaque(name), resume: resume)
    }

    private mutating func report(
        _ name: [UInt8], _ status: FileStatus, over below: FileStatus?, _ level: Level
    ) throws {
        guard let below else { return add(.added, name, status, level) }
        if EntryComparison.sameStatus(status, below),
            status.kind == .directory || status.modified == below.modified,
            let directory = level.below,
            try EntryComparison.sameAttributes(
                level.layer.opened().directory, directory.opened().directory, name: name,
                overlayCounts: false)
        {
            return
        }
        add(.modified, name, status, level)
    }

    private mutating func add(_ kind: LayerChange.Kind, _ name: [UInt8], _ status: FileStatus, _ level: Level)
    {
        changes.append(
            LayerChange(
                kind: kind, path: level.path.appending(name), entry: status.kind,
                size: status.kind == .file ? status.size : 0))
    }
}
