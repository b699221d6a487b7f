/// Which fact an entry of a workspace delta stands on, decided entry by entry while the delta is walked.
///
/// The rule was checked against runs from scratch on real overlay mounts; each of its cases has a
/// counterexample without it.
package enum DeltaRule {
    /// What an entry of an overlay's upper directory is.
    package enum UpperEntry: Hashable, Sendable {
        case file, link, other
        /// A character device 0:0: the name is gone.
        case whiteout
        /// Not opaque: it merges with what lies below.
        case directory
        /// `trusted.overlay.opaque` is exactly `y`: nothing below shows through.
        case opaqueDirectory
    }

    package struct Verdict: Hashable, Sendable {
        package let fact: Fact
        /// Whether the entries below stand on facts of their own.
        package let descend: Bool

        package init(fact: Fact, descend: Bool) {
            self.fact = fact
            self.descend = descend
        }
    }

    /// The fact every delta has: the workspace's own directory, whose mode and times its upper root repeats.
    package static func rootFact(of revision: Manifest) -> Fact {
        .entry(.root, revision.entry(at: revision.root))
    }

    /// - Parameter source: where `path` stands in the revision; nil for nothing there.
    package static func verdict(
        for entry: UpperEntry, at path: EntryPath, source: Manifest.Position?, in revision: Manifest
    ) -> Verdict {
        guard let source else { return Verdict(fact: .absent(path), descend: false) }
        let own = Fact.entry(path, revision.entry(at: source))
        guard let tree = revision.tree(at: source) else { return Verdict(fact: own, descend: false) }
        return switch entry {
        case .directory: Verdict(fact: own, descend: true)
        case .opaqueDirectory, .file, .link, .other, .whiteout:
            Verdict(fact: .subtree(path, tree), descend: false)
        }
    }
}
