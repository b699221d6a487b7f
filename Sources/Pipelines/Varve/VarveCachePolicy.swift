import Model

/// The `cache` of a step in Varve's own format: a word, or a mapping with one member.
struct VarveCachePolicy {
    private let cursor: DocumentCursor

    init(_ cursor: DocumentCursor) {
        self.cursor = cursor
    }

    func policy() throws(Failure) -> CachePolicy {
        switch cursor.value.content {
        case .scalar(let word, _): try named(word)
        case .mapping: try parametrised()
        case .null, .sequence: throw unknown()
        }
    }

    private func named(_ word: String) throws(Failure) -> CachePolicy {
        switch word {
        case "none": .none
        case "forever": .forever(environmentKeys: [])
        case "workspace": .workspace
        default: throw unknown()
        }
    }

    private func parametrised() throws(Failure) -> CachePolicy {
        let members = try cursor.mapping("a cache policy")
        try VarveFields.cache.check(members)
        switch (members["ttl"], members["on_change"], members["all"]) {
        case (let ttl?, nil, nil):
            // Counted in whole seconds: nothing is used that is too old.
            let seconds = try ttl.timeSpan().milliseconds / 1000
            guard seconds > 0 else {
                throw ttl.failure(
                    "with a ttl of \(ttl.found) nothing is ever used again", fix: "write ‘1s’ or longer")
            }
            return .timeToLive(seconds: seconds, environmentKeys: [])
        case (nil, let paths?, nil):
            let globs = try paths.globs()
            guard !globs.isEmpty else {
                throw paths.failure(
                    "‘on_change’ has no paths", fix: "list at least one, or write ‘cache: forever’")
            }
            return .onChange(paths: globs)
        case (nil, nil, let list?):
            var parts: [CachePolicy] = []
            for part in try list.elements("a list of cache policies") {
                parts.append(try VarveCachePolicy(part).policy())
            }
            guard !parts.isEmpty else {
                throw list.failure(
                    "‘all’ has no cache policies", fix: "list at least one, or write ‘cache: forever’")
            }
            return .all(parts)
        case (nil, nil, nil):
            throw unknown()
        default:
            throw cursor.failure(
                "a cache policy has one of ‘ttl’, ‘on_change’ and ‘all’, not several",
                fix: "write ‘all: [{ttl: …}, {on_change: […]}]’ for a conjunction")
        }
    }

    private func unknown() -> Failure {
        cursor.failure(
            "\(cursor.found) is no known cache policy",
            fix: "write none, forever, workspace, {ttl: 24h}, {on_change: [paths]} or {all: [policies]}")
    }
}
