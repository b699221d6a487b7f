/// What lists of path patterns come to on one revision, each worked out once.
///
/// Patterns are written by whoever writes pipelines, and each may have to be compared with every entry: who decides about
/// steps has `prepare` do that where it may take its time.
package struct PatternDigests: Sendable {
    package let manifest: Manifest
    private var known: [[PathGlob]: Manifest.GlobDigest] = [:]

    package init(on manifest: Manifest) { self.manifest = manifest }

    /// Those of `lists` that are not known yet.
    package func unknown(of lists: Set<[PathGlob]>) -> Set<[PathGlob]> {
        lists.filter { known[$0] == nil }
    }

    /// - Parameter check: as of `Manifest.digest(matching:check:)`; what was worked out before it threw stays known.
    package mutating func prepare<Problem: Error>(
        _ lists: Set<[PathGlob]>, check: () throws(Problem) -> Void
    ) throws(Problem) {
        for list in lists {
            try check()
            known[list] = try manifest.digest(matching: list, check: check)
        }
    }

    /// Works it out now, and each time, if it was not prepared.
    package func digest(matching list: [PathGlob]) -> Manifest.GlobDigest {
        known[list] ?? manifest.digest(matching: list)
    }
}
