/// How much a volume's versions may take, and how long they may go unused.
package struct VolumeLimits: Sendable, Hashable {
    /// Of the layers of one volume; nil for no limit.
    package var bytes: Int64?
    /// What was not used since then goes; nil for no limit.
    package var usedBefore: Timestamp?
    /// How many versions without a key a volume keeps at the same targets.
    package var keptWithoutKey: Int
    /// How many versions there are of a volume at most.
    package var kept: Int

    package init(bytes: Int64?, usedBefore: Timestamp?, keptWithoutKey: Int, kept: Int) {
        self.bytes = bytes
        self.usedBefore = usedBefore
        self.keptWithoutKey = keptWithoutKey
        self.kept = kept
    }
}

/// Which versions of a volume are beyond what it may have, sizes aside.
package enum VolumeLimitRule {
    /// - Parameter versions: the newest first.
    package static func beyond(_ limits: VolumeLimits, of versions: [VolumeVersion]) -> [String] {
        var kept: [VolumeVersion] = []
        var beyond: [String] = []
        for version in versions {
            let alike = kept.count {
                $0.key == nil && version.key == nil && $0.targets == version.targets
                    && $0.over == version.over
            }
            let isOld = limits.usedBefore.map { version.used < $0 } ?? false
            if isOld || alike >= limits.keptWithoutKey {
                beyond.append(version.id)
            } else {
                kept.append(version)
            }
        }
        let surplus = kept.sorted { ($0.used, $0.id) > ($1.used, $1.id) }.dropFirst(limits.kept)
        return beyond + surplus.map(\.id)
    }
}
