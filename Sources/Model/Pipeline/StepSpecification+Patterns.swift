extension StepSpecification {
    /// What deciding about the step asks a revision for: each list is looked up by itself.
    package var patternLists: [[PathGlob]] {
        var lists = cache.globs.map { [$0] }
        for case .volume(let volume) in mounts {
            lists += ([volume.key].compactMap { $0 } + volume.restoreKeys).flatMap(\.patternLists)
        }
        return lists
    }
}
