extension Manifest {
    /// What `on_change` compares: the digest of every entry that a glob covers, with its path.
    package struct GlobDigest: Hashable, Sendable {
        package let digest: Digest
        /// Globs that matched nothing; they count as absent, and deserve a warning.
        package let unmatched: [PathGlob]
    }

    /// A match that is a directory stands for everything below it. The order of the globs does not matter. Takes some 50 ns
    /// for each glob and entry, of directories that a glob may match in.
    ///
    /// - Parameter check: asked for every few thousand entries; what it throws ends the work.
    package func digest<Problem: Error>(
        matching globs: [PathGlob], check: () throws(Problem) -> Void
    ) throws(Problem) -> GlobDigest {
        var hasher = FieldHasher(domain: "varve on_change 1")
        var unmatched = Set(globs)
        var visited = [Visit(position: root, path: .root, walk: GlobWalk(globs))]
        var count = 0
        while let visit = visited.popLast() {
            count += 1
            if count.isMultiple(of: 4096) { try check() }
            let matching = visit.walk.matching
            unmatched.subtract(matching)
            if !matching.isEmpty {
                hasher.add("path", bytes: visit.path.bytes)
                hasher.add("entry", fingerprint(of: visit.position))
            }
            // Everything below a match is in its fingerprint, but may be what another glob is there for.
            guard nodes[visit.position.index].kind == .directory,
                matching.isEmpty || !unmatched.isEmpty, visit.walk.mayGoOn
            else { continue }
            for index in children(of: visit.position).reversed() {
                let child = Position(index: index)
                let name = name(of: child)
                let walk = visit.walk.entering(name)
                guard walk.isMatch || walk.mayGoOn else { continue }
                visited.append(Visit(position: child, path: visit.path.appending(name), walk: walk))
            }
        }
        for glob in unmatched.sorted(by: { $0.text < $1.text }) { hasher.add("absent", glob.text) }
        return GlobDigest(digest: hasher.finalize(), unmatched: globs.filter(unmatched.contains))
    }

    package func digest(matching globs: [PathGlob]) -> GlobDigest { digest(matching: globs, check: {}) }

    /// An entry that is to be looked at.
    private struct Visit {
        let position: Position
        let path: EntryPath
        let walk: GlobWalk
    }

    private func fingerprint(of position: Position) -> Digest {
        let node = nodes[position.index]
        var hasher = FieldHasher(domain: "varve entry 1")
        hasher.add("kind", String(node.kind.rawValue))
        hasher.add("mode", String(node.mode))
        hasher.add("content", node.digest)
        return hasher.finalize()
    }
}
