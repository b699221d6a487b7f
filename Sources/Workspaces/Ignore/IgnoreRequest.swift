package import Model

/// What a request says about leaving entries out, checked.
package struct IgnoreRequest: Sendable, Hashable {
    /// Where the rules come from.
    package enum Source: Sendable, Hashable {
        /// `.gitignore` and `.varveignore` at every level, `.git/info/exclude`, and what git tracks.
        case git
        /// No file is asked; `.git`, `.hm` and `.varve` stay out all the same.
        case none
        /// Nothing stays out.
        case everything
        /// These patterns instead of files, with the rank of a `.varveignore` in the workspace's root.
        case patterns([String])
    }

    package let source: Source
    /// What runs copied out into the workspace.
    package let outputs: Set<EntryPath>
    let exclude: IgnoreList
    let instead: IgnoreList
    /// Tells requests apart whose rules may differ.
    let digest: Digest

    /// - Parameters:
    ///   - exclude: patterns left out whatever the rules say.
    ///   - outputs: what runs copied out into the workspace; left out with all below, unless git tracks it or a negated
    ///     pattern brings it in.
    package init(
        source: Source = .git, exclude: [String] = [], outputs: Set<EntryPath> = []
    ) throws(Failure) {
        self.source = source
        self.outputs = outputs
        self.exclude = try IgnoreList(patterns: exclude)
        if case .patterns(let patterns) = source {
            instead = try IgnoreList(patterns: patterns)
        } else {
            instead = .empty
        }
        digest = IgnoreRequest.digest(source, exclude, outputs)
    }

    /// The rules of a workspace for which nothing else is said.
    package static let standard = IgnoreRequest(all: .git)

    /// What comes as an archive: who made it has left out what is to be left out.
    package static let everything = IgnoreRequest(all: .everything)

    private init(all source: Source) {
        self.source = source
        outputs = []
        exclude = .empty
        instead = .empty
        digest = IgnoreRequest.digest(source, [], [])
    }

    private static func digest(_ source: Source, _ exclude: [String], _ outputs: Set<EntryPath>) -> Digest {
        var hasher = FieldHasher(domain: "varve ignore request 1")
        switch source {
        case .git: hasher.add("source", "git")
        case .none: hasher.add("source", "none")
        case .everything: hasher.add("source", "everything")
        case .patterns(let patterns): hasher.add("patterns", patterns)
        }
        hasher.add("exclude", exclude)
        for path in outputs.sorted() { hasher.add("output", bytes: path.bytes) }
        return hasher.finalize()
    }
}
