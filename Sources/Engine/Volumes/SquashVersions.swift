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
    static let found = 64
}

extension Engine {
    /// Squashes versions of volumes that have become long and that nobody uses at the moment.
    func squashVersions() async {
        do {
            for version in try await catalog.versions(
                deeperThan: VersionDepth.usual, limit: VersionDepth.found)
            where !Task.isCancelled && holds.held.isDisjoint(with: version.layers) {
                try await squash(version)
            }
        } catch {
            logger.warning("layers of a volume can't be squashed", metadata: ["error": "\(error)"])
        }
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
            logger.warning(
                "layers of a volume can't be squashed",
                metadata: ["version": "\(version.id)", "error": "\(error)"])
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
