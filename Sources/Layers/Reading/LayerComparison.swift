package import Linux
package import Model
import SystemPackage

/// Whether two layers are equal, times aside: one could stand in for the other and nobody would see it.
///
/// Types, modes, owners, sizes, devices, link targets, contents, attributes (those that only say where an
/// overlay copied something from left out), whiteouts, opaque directories, and which names are one file.
/// Everything but contents is compared first, so that layers that differ are told apart without reading.
package struct LayerComparison: TreeVisitor {
    final class Level: TreeLevel {
        let a: TreeDirectory
        let b: TreeDirectory
        var path: EntryPath { a.path }

        init(_ a: TreeDirectory, _ b: TreeDirectory) {
            self.a = a
            self.b = b
        }

        func suspend() {
            a.suspend()
            b.suspend()
        }
    }

    private let readsContent: Bool
    private var isEqual = true
    /// Files with several names: which file of `b` stands for which of `a`, and the other way round.
    private var linkedA: [UInt64: UInt64] = [:]
    private var linkedB: [UInt64: UInt64] = [:]

    private init(readsContent: Bool) { self.readsContent = readsContent }

    var isDone: Bool { !isEqual }

    /// Walks both layers, twice at most: a second time for contents.
    package static func equal(
        _ a: borrowing Directory, _ b: borrowing Directory
    ) throws(Failure) -> Bool {
        for readsContent in [false, true] {
            var comparison = LayerComparison(readsContent: readsContent)
            let root = try storing("open two layers") {
                Level(TreeDirectory(root: try a.reopened()), TreeDirectory(root: try b.reopened()))
            }
            try comparison.walk(from: root, action: "compare two layers")
            if !comparison.isEqual { return false }
        }
        return true
    }

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        let (a, b) = (try level.a.opened(), try level.b.opened())
        if !readsContent {
            isEqual =
                try EntryComparison.sameStatus(a.directory.status(), b.directory.status())
                && EntryComparison.sameAttributes(a.directory, b.directory, name: ".")
        }
        var count = 0
        try b.directory.visitEntries { _ in count += 1 }
        var subdirectories: [[UInt8]] = []
        try a.directory.visitEntries { name in
            guard isEqual else { return }
            count -= 1
            let status = try a.directory.status(name)
            if status.kind == .directory { subdirectories.append(name.bytes) }
            isEqual = try equal(name, status, a.directory, b.directory)
        }
        isEqual = isEqual && count == 0
        return subdirectories
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        Level(try level.a.child(name), try level.b.child(name))
    }

    private mutating func equal(
        _ name: borrowing EntryName, _ status: FileStatus, _ a: borrowing Directory, _ b: borrowing Directory
    ) throws -> Bool {
        guard let other = try b.statusIfPresent(name), EntryComparison.sameStatus(status, other) else {
            return false
        }
        // The very file, by a hard link of a squashed layer; a directory's attributes are its own level's.
        if status.isSameFile(as: other) || status.kind == .directory { return true }
        if readsContent { return try EntryComparison.sameContent(a, b, name: name, kind: status.kind) }
        guard sameLinks(status, other) else { return false }
        return try EntryComparison.sameAttributes(a, b, name: name)
    }

    /// The file goes by the same names in both layers, as far as those have come up.
    private mutating func sameLinks(_ a: FileStatus, _ b: FileStatus) -> Bool {
        guard a.links > 1 || b.links > 1 else { return true }
        let isNew = linkedA[a.inode] == nil && linkedB[b.inode] == nil
        if isNew {
            linkedA[a.inode] = b.inode
            linkedB[b.inode] = a.inode
        }
        return linkedA[a.inode] == b.inode && linkedB[b.inode] == a.inode
    }
}
