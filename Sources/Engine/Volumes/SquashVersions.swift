import Catalog
import Layers
import Linux
import Logging
import Model

/// How many layers versions of volumes have.
private enum VersionDepth {
    /// A version with more is squashed in the background when no step uses it.
    static let usual = 24
    /// One with more is squashed before a step begins with it.
    static let most = 96
    /// What squashing leaves.
    static let least = 2
    /// How many versions one look at the catalog finds.
    static let found = 64
}

extension Engine {
    /// Squashes versions of volumes that have become long and that nobody uses at the moment, each of them
    /// once and the shortest first: what begins with the same layers becomes shorter with it.
    func squashVersions() async {
        var seen: Set<String> = []
        while !Task.isCancelled {
            do {
                let deep = try await catalog.versions(
                    deeperThan: VersionDepth.usual, limit: VersionDepth.found + seen.count)
                let new = deep.filter { !seen.contains($0.id) }
                guard !new.isEmpty else { return }
                seen.formUnion(new.map(\.id))
                await squash(new)
            } catch {
                return logger.warning(
                    "long chains of layers of volumes can't be looked for", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Squashes those of the versions that nobody uses; one that can't be squashed stays as it is.
    private func squash(_ versions: [VolumeVersion]) async {
        var squashed: [[LayerID]] = []
        for version in versions
        where !Task.isCancelled && holds.held.isDisjoint(with: version.layers)
            // What begins with the layers of another has become shorter by now.
            && !squashed.contains(where: { version.layers.starts(with: $0) })
        {
            do {
                try await squash(version)
                squashed.append(version.layers)
            } catch {
                logNotSquashed(version, error)
            }
        }
    }

    private func logNotSquashed(_ version: VolumeVersion, _ error: any Error) {
        logger.warning(
            "layers of a volume can't be squashed",
            metadata: ["version": "\(version.id)", "error": "\(error)"])
    }

    /// The version, its layers squashed if there are too many for another step.
    func squashedIfDeep(_ version: VolumeVersion, of name: VolumeName) async -> VolumeVersion {
        await squashed(version, of: name, beyond: VersionDepth.most)
    }

    /// The version in as few layers as it can have: an archive of many has what the upper ones hide, too.
    func squashedForExport(_ version: VolumeVersion, of name: VolumeName) async -> VolumeVersion {
        await squashed(version, of: name, beyond: VersionDepth.least)
    }

    private func squashed(
        _ version: VolumeVersion, of name: VolumeName, beyond depth: Int
    ) async -> VolumeVersion {
        guard version.layers.count > depth else { return version }
        do {
            try await squash(version)
            return try await catalog.versions(of: name).first { $0.id == version.id } ?? version
        } catch {
            // It may still do as it is.
            logNotSquashed(version, error)
            return version
        }
    }

    /// Lets one layer, or two, stand for all layers of the version, here and in versions that begin with them.
    private func squash(_ version: VolumeVersion) async throws {
        let old = version.layers
        try await squashTurns.withTurn("volume \(version.id)") {
            let hold = try await hold(old, for: "version \(version.id) of a volume")
            defer { withExtendedLifetime(hold) {} }
            var facts: [VolumeFacts] = []
            for layer in old {
                guard let found = try await catalog.volumeFacts(of: layer) else { return }
                facts.append(found)
            }
            let merged = VolumeFacts(merging: facts)
            try await recording { batch in
                let (top, ground) = (try await batch.next(), try await batch.next())
                let made = try await onBlockingThread { [layers] in
                    let made = try layers.squash(
                        old.reversed(), merged: top, ground: ground, replacing: true)
                    // Durable before anything names them: the old ones go.
                    try layers.synchronize()
                    return made
                }
                let new = made.reversed().map {
                    NewVolumeVersion.Layer(layer: NewLayer($0.layer, .volume, $0.size), facts: merged)
                }
                let changed = try await catalog.squashVersions(old, into: new)
                if changed == 0 { try await removeLayers(made.map(\.layer)) }
            }
            upkeep.request()
        }
    }
}

extension VolumeFacts {
    /// What all of some layers stand on together. Each held where the next was written, so they don't contradict
    /// each other.
    init(merging all: [VolumeFacts]) {
        let places = all.map(\.facts.count).max() ?? 0
        var facts: [[GroundFact]] = []
        for place in 0..<places {
            var seen: Set<GroundFact> = []
            facts.append(
                all.flatMap { place < $0.facts.count ? $0.facts[place] : [] }
                    .filter { seen.insert($0).inserted })
        }
        let first = all.first?.signatures
        self.init(signatures: all.allSatisfy { $0.signatures == first } ? first : nil, facts: facts)
    }
}
