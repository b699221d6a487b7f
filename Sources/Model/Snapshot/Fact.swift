/// Something the revision had when a workspace delta was made on it, and must have wherever the delta is used
/// again.
package enum Fact: Hashable, Sendable, Codable {
    /// Nothing is at the path.
    case absent(EntryPath)
    /// The entry itself is there and equal; what lies below a directory does not matter.
    case entry(EntryPath, SourceEntry)
    /// A directory is there, and it and everything below it are equal.
    case subtree(EntryPath, Digest)
    /// An entry of this type and mode is there, whatever its content.
    case metadata(EntryPath, kind: SourceEntry.Kind, mode: UInt16)

    package var path: EntryPath {
        switch self {
        case .absent(let path), .entry(let path, _), .subtree(let path, _), .metadata(let path, _, _): path
        }
    }

    package func holds(in revision: Manifest) -> Bool {
        switch self {
        case .absent(let path): revision.position(of: path) == nil
        case .entry(let path, let entry): revision.entry(at: path) == entry
        case .subtree(let path, let digest): revision.tree(at: path) == digest
        case .metadata(let path, let kind, let mode):
            revision.entry(at: path).map { $0.kind == kind && $0.mode == mode } ?? false
        }
    }

    /// The fact that tells `revision` from every one in which `self` holds, given that `self` does not hold
    /// in it.
    package func contrary(in revision: Manifest) -> Fact {
        guard let position = revision.position(of: path) else { return .absent(path) }
        if case .subtree = self, let tree = revision.tree(at: position) { return .subtree(path, tree) }
        return .entry(path, revision.entry(at: position))
    }
}

/// The facts of one snapshot, checked together.
package struct FactSet: Hashable, Sendable, Codable {
    package private(set) var facts: [Fact]

    package init(_ facts: [Fact] = []) {
        self.facts = facts
    }

    package mutating func insert(_ fact: Fact) {
        if !facts.contains(fact) { facts.append(fact) }
    }

    /// Those that do not hold in `revision`, at most `limit` of them. Cost: one look-up per fact.
    package func broken(in revision: Manifest, limit: Int = .max) -> [Fact] {
        var broken: [Fact] = []
        for fact in facts where !fact.holds(in: revision) {
            broken.append(fact)
            if broken.count >= limit { break }
        }
        return broken
    }

    /// Adds what tells `revision` from those on which `others`, snapshots of the same identity, may be used:
    /// afterwards at most one of them can be used on any revision.
    package mutating func exclude(_ others: [FactSet], in revision: Manifest) {
        for other in others {
            if let broken = other.broken(in: revision, limit: 1).first {
                insert(broken.contrary(in: revision))
            }
        }
    }
}
