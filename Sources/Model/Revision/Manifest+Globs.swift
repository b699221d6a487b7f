extension Manifest {
    /// What `on_change` compares: the digest of every entry that a glob covers, with its path.
    package struct GlobDigest: Hashable, Sendable {
        package let digest: Digest
        /// Globs that matched nothing; they count as absent, and deserve a warning.
        package let unmatched: [PathGlob]
    }

    /// A match that is a directory stands for everything below it. The order of the globs does not matter.
    package func digest(matching globs: [PathGlob]) -> GlobDigest {
        var hasher = FieldHasher(domain: "varve on_change 1")
        var unmatched = Set(globs)
        var visited = [(position: root, path: EntryPath.root)]
        while let (position, path) = visited.popLast() {
            let matching = globs.filter { $0.matches(path) }
            unmatched.subtract(matching)
            if !matching.isEmpty {
                hasher.add("path", bytes: path.bytes)
                hasher.add("entry", fingerprint(of: position))
            }
            // Everything below a match is in its fingerprint, but may be what another glob is there for.
            guard nodes[position.index].kind == .directory,
                matching.isEmpty || !unmatched.isEmpty, globs.contains(where: { $0.mayMatchBelow(path) })
            else { continue }
            for index in children(of: position).reversed() {
                let child = Position(index: index)
                visited.append((child, path.appending(name(of: child))))
            }
        }
        for glob in unmatched.sorted(by: { $0.text < $1.text }) { hasher.add("absent", glob.text) }
        return GlobDigest(digest: hasher.finalize(), unmatched: globs.filter(unmatched.contains))
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
