import Linux
package import Model
import SystemPackage

extension TreeWriter {
    /// Settles whiteouts and sets what directories have, after the last entry.
    ///
    /// A directory no entry told about takes over what the directory of that path in the view below is;
    /// without one it is root's, with mode 0755.
    ///
    /// - Returns: whether the outcome depends on the view: on another one, the same entries would have made
    ///   something else. The topmost directory doesn't count here.
    package mutating func finish(over view: (any LowerTree)?) throws(Failure) -> Bool {
        var depends = try hideRoot(of: view)
        for path in whiteouts where try settleWhiteout(at: path, view) { depends = true }
        // Children sort after their parents, whose times they must not touch any more.
        for path in plans.keys.sorted(by: >) {
            guard let plan = plans[path] else { continue }
            if plan.metadata == nil && !path.isRoot && !plan.isAnew && !isHidden(path) { depends = true }
            try apply(plan, at: path, view)
        }
        return depends
    }

    /// Does for the topmost directory what the opaque mark does for others: overlays don't look for it there.
    private mutating func hideRoot(of view: (any LowerTree)?) throws(Failure) -> Bool {
        guard plans[.root]?.isOpaque == true else { return false }
        plans[.root]?.isOpaque = false
        for name in try view?.rootNames() ?? [] {
            let path = EntryPath(unchecked: name)
            try writeWhiteout(at: path)
        }
        return true
    }

    /// Removes a whiteout that hides nothing: in a directory that is in no other layer its name would show.
    ///
    /// - Returns: whether the view decided, be it for the whiteout: over layers without its directory, one that is kept
    ///   would show.
    private func settleWhiteout(at path: EntryPath, _ view: (any LowerTree)?) throws(Failure) -> Bool {
        guard let parentPath = path.parent, let parent = try open(parentPath) else { return false }
        let isThere = try storing(path) { () throws(Errno) in
            try parent.statusIfPresent(path.name)?.isWhiteout == true
        }
        guard isThere else { return false }
        let isHidden = isHidden(path)
        if !isHidden, let view, try view.hasEntry(at: path) { return true }
        try storing(path) { () throws(Errno) in try parent.remove(path.name) }
        return !isHidden
    }

    /// The directory at `path`; nil when a later entry took its place.
    private func open(_ path: EntryPath) throws(Failure) -> Directory? {
        do throws(Errno) {
            return try path.isRoot ? root.reopened() : root.openDirectory(beneath: path.bytes)
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return nil
            default: throw Failure.extraction(error, path)
            }
        }
    }

    /// Whether a directory above `path` hides everything of lower layers there.
    private func isHidden(_ path: EntryPath) -> Bool {
        var place = path.parent
        while let directory = place {
            if plans[directory]?.isOpaque == true { return true }
            place = directory.parent
        }
        return false
    }

    private func apply(
        _ plan: DirectoryPlan, at path: EntryPath, _ view: (any LowerTree)?
    ) throws(Failure) {
        guard let directory = try open(path) else { return }
        let metadata: ArchiveMetadata =
            if let own = plan.metadata { own } else { try inherited(plan, at: path, view) }
        try complete(directory.descriptor, at: path, metadata)
        if plan.isOpaque { try storing(path) { () throws(Errno) in try directory.setOpaque() } }
    }

    private func inherited(
        _ plan: DirectoryPlan, at path: EntryPath, _ view: (any LowerTree)?
    ) throws(Failure) -> ArchiveMetadata {
        if !plan.isAnew, !isHidden(path), let below = try view?.directory(at: path) { return below }
        return .implicitDirectory
    }
}

extension ArchiveMetadata {
    /// What a directory has that nobody described.
    package static let implicitDirectory = ArchiveMetadata(mode: 0o755, uid: 0, gid: 0, modified: 0)
}
