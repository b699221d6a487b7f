package import Linux
package import Model
package import SystemPackage

/// An entry that a step of a lineage wrote into the workspace, and has not been deleted since.
package struct LineageEntry: Sendable {
    /// Relative to the workspace.
    package let path: EntryPath
    /// What it is, owner and times as a step sees them.
    package let status: FileStatus
    private let parent: SharedDirectory

    init(path: EntryPath, status: FileStatus, parent: SharedDirectory) {
        self.path = path
        self.status = status
        self.parent = parent
    }

    /// Opens a file for reading; `Errno.invalidArgument` for anything else.
    package func openFile() throws(Errno) -> Descriptor {
        guard status.kind == .file else { throw .invalidArgument }
        return try parent.directory.openFile(Array(path.name), [.readOnly, .nonBlocking])
    }

    /// The target of a link.
    package func readLink() throws(Errno) -> [UInt8] {
        try parent.directory.readLink(Array(path.name))
    }
}

/// The walk through what a lineage wrote: the merged view of its workspace deltas without the revision, in
/// which nothing of the revision can turn up.
///
/// Directories come before their content and names by their bytes. A directory is there when a delta has it,
/// be it only to hold what a step changed in it.
struct LineagePaths: TreeVisitor {
    final class Level: TreeLevel {
        let directory: TreeDirectory
        /// Where it stands in the globs; nil where all below is selected.
        let walk: GlobWalk?
        var path: EntryPath { directory.path }

        init(_ directory: TreeDirectory, _ walk: GlobWalk?) {
            self.directory = directory
            self.walk = walk
        }

        func suspend() { directory.suspend() }
    }

    private let body: (LineageEntry) throws -> Void

    /// - Parameter view: the deltas alone, merged.
    static func forEach(
        in view: borrowing Directory, matching globs: [PathGlob],
        _ body: @escaping (LineageEntry) throws -> Void
    ) throws(Failure) {
        var walk = LineagePaths(body: body)
        let root = try storing("open what a lineage wrote") {
            Level(TreeDirectory(root: try view.reopened()), GlobWalk(globs).unlessMatched)
        }
        try walk.walk(from: root, action: "read what a lineage wrote")
    }

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        try level.directory.opened().directory.entryNames().sorted { $0.lexicographicallyPrecedes($1) }
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        let parent = try level.directory.opened()
        // A whiteout in a directory that only one layer has is listed, and is not there.
        guard let status = try parent.directory.statusIfPresent(name), !status.isWhiteout else { return nil }
        let walk = level.walk?.entering(name[...]).unlessMatched
        if walk == nil {
            try body(LineageEntry(path: level.path.appending(name), status: status, parent: parent))
        }
        guard status.kind == .directory, walk?.mayGoOn ?? true else { return nil }
        return Level(try level.directory.child(name), walk)
    }
}

extension GlobWalk {
    /// Nil at a match, which stands for all below it.
    fileprivate var unlessMatched: GlobWalk? { isMatch ? nil : self }
}
