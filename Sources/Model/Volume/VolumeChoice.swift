/// Which versions of a volume a step may begin with, the best first.
package enum VolumeChoice {
    /// What a step asks for, its keys filled in.
    package struct Wish: Hashable, Sendable, Codable {
        package var targets: [EntryPath]
        package var over: VolumeMount.Ground
        package var key: String?
        package var restoreKeys: [String]

        package init(
            targets: [EntryPath], over: VolumeMount.Ground, key: String?, restoreKeys: [String]
        ) {
            self.targets = targets
            self.over = over
            self.key = key
            self.restoreKeys = restoreKeys
        }
    }

    /// How a version was found.
    package enum Match: Hashable, Sendable, Codable {
        /// It has the very key, and so nothing is saved.
        case key
        case prefix(String)
        /// The step names no key.
        case latest
    }

    package struct Candidate: Hashable, Sendable {
        package let version: VolumeVersion
        package let match: Match
    }

    /// With a key: those that have it, the oldest first, since a key never changes what it stands for; then by each
    /// restore key in order those whose key begins with it, the newest first. Without: all, the newest first.
    ///
    /// Versions made at other targets, or over something else, are none.
    package static func candidates(for wish: Wish, among versions: [VolumeVersion]) -> [Candidate] {
        let newest = versions.filter { $0.targets == wish.targets && $0.over == wish.over }
            .sorted { ($0.created, $0.id) > ($1.created, $1.id) }
        guard let key = wish.key else { return newest.map { Candidate(version: $0, match: .latest) } }
        var candidates = newest.reversed().filter { $0.key == key }
            .map { Candidate(version: $0, match: .key) }
        var seen = Set(candidates.map(\.version.id))
        for prefix in wish.restoreKeys {
            for version in newest where version.key?.utf8.starts(with: prefix.utf8) == true {
                guard seen.insert(version.id).inserted else { continue }
                candidates.append(Candidate(version: version, match: .prefix(prefix)))
            }
        }
        return candidates
    }
}
