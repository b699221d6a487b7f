import Model

/// The difference of two revisions, as a walk over both that skips equal subtrees.
///
/// Visits every directory that differs, and in it every name that does, before the directory itself is left.
struct RevisionDifference {
    /// Nil: nothing was there before.
    let old: Manifest?
    let new: Manifest

    /// A directory of the new revision that is new or differs.
    struct Level {
        /// Empty for the root.
        let name: [UInt8]
        let new: Manifest.Position
        /// The directory it was before, if it was one.
        let old: Manifest.Position?
        /// Something else was there, or nothing while its parent was there.
        let replaces: Replaced
    }

    enum Replaced {
        case directory
        case nothing
        case other
        /// Its parent is new itself.
        case unseen
    }

    /// One name of a directory that differs.
    enum Change {
        case removed(name: [UInt8])
        /// A file or link that is new or has another content or mode.
        case leaf(name: [UInt8], index: Int, isNewName: Bool)
        case directory(Level)
    }

    /// In the order of names.
    func changes(in level: Level) -> [Change] {
        var changes: [Change] = []
        var (before, after) = (
            level.old.flatMap { old?.children(of: $0) } ?? 0..<0, new.children(of: level.new)
        )
        while !before.isEmpty || !after.isEmpty {
            let left = before.first.flatMap { old?.name(of: .init(index: $0)) }
            let right = after.first.map { new.name(of: .init(index: $0)) }
            if let left, right.map({ left.lexicographicallyPrecedes($0) }) ?? true {
                changes.append(.removed(name: Array(left)))
                before.removeFirst()
            } else if let right, let index = after.first {
                let isBoth = left.map { $0.elementsEqual(right) } ?? false
                let change = change(index, Array(right), from: isBoth ? before.first : nil, in: level)
                if let change { changes.append(change) }
                after.removeFirst()
                if isBoth { before.removeFirst() }
            }
        }
        return changes
    }

    private func change(_ index: Int, _ name: [UInt8], from before: Int?, in level: Level) -> Change? {
        let node = new.nodes[index]
        guard let before, let old else {
            guard node.kind == .directory else { return .leaf(name: name, index: index, isNewName: true) }
            let replaces: Replaced = level.old == nil ? .unseen : .nothing
            return .directory(Level(name: name, new: .init(index: index), old: nil, replaces: replaces))
        }
        let known = old.nodes[before]
        if known.kind == node.kind, known.mode == node.mode, known.digest == node.digest { return nil }
        guard node.kind == .directory else {
            return .leaf(name: name, index: index, isNewName: known.kind != node.kind)
        }
        let wasDirectory = known.kind == .directory
        return .directory(
            Level(
                name: name, new: .init(index: index), old: wasDirectory ? .init(index: before) : nil,
                replaces: wasDirectory ? .directory : .other))
    }
}
