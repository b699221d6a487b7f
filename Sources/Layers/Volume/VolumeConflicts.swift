import Linux
import Model
import SystemPackage

/// Where two steps, that began with one version of a volume, did different things to one path.
///
/// Two directories are no conflict, but for what is in them; nor are two equal files, or a path that both removed.
struct VolumeConflicts: TreeVisitor {
    final class Level: TreeLevel {
        let own: TreeDirectory
        let other: TreeDirectory
        var path: EntryPath { own.path }

        init(_ own: TreeDirectory, _ other: TreeDirectory) {
            self.own = own
            self.other = other
        }

        func suspend() {
            own.suspend()
            other.suspend()
        }
    }

    private var found: [EntryPath] = []
    private let most: Int

    private init(most: Int) { self.most = most }

    static func find(
        _ own: borrowing Directory, against other: borrowing Directory, most: Int
    ) throws(Failure) -> [EntryPath] {
        var conflicts = VolumeConflicts(most: most)
        let root = try storing("open what two steps wrote to a volume") {
            Level(TreeDirectory(root: try own.reopened()), TreeDirectory(root: try other.reopened()))
        }
        try conflicts.walk(from: root, action: "compare what two steps wrote to a volume")
        return conflicts.found
    }

    var isDone: Bool { found.count >= most }

    mutating func enter(_ level: Level) throws -> [[UInt8]] { try level.own.opened().directory.entryNames() }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        let (own, other) = (try level.own.opened(), try level.other.opened())
        guard let theirs = try other.directory.statusIfPresent(name) else { return nil }
        let status = try own.directory.status(name)
        if status.kind == .directory, theirs.kind == .directory {
            if try own.directory.isOpaque(name), try !other.directory.openDirectory(name).isEmpty() {
                found.append(level.path.appending(name))
                return nil
            }
            return Level(try level.own.child(name), try level.other.child(name))
        }
        if status.isWhiteout, theirs.isWhiteout { return nil }
        let isSame =
            try !status.isWhiteout && !theirs.isWhiteout && EntryComparison.sameStatus(status, theirs)
            && EntryComparison.sameContent(own.directory, other.directory, name: name, kind: status.kind)
        if !isSame { found.append(level.path.appending(name)) }
        return nil
    }
}
