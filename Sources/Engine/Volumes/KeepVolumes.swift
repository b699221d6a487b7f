import Catalog
import Layers
import Linux
import Model

/// What a step leaves in its volumes, ready to be put on record with its snapshot.
struct KeptVolumes: Sendable {
    var versions: [NewVolumeVersion] = []
    /// To be told once it is on record.
    var events: [Event.Kind] = []
    /// Of versions that the new ones stand on.
    var holds: [LayerHolds.Hold] = []

    var layers: [LayerID] { versions.flatMap { $0.layers.map(\.layer.id) } }
}

extension Engine {
    /// Works on volumes while nobody else makes versions of them: for as long as a rename and a transaction take.
    func withVolumes<Value>(
        _ uses: [VolumeUse], _ body: () async throws -> Value
    ) async throws -> Value {
        // In one order everywhere, so that two never wait for each other.
        let names = Set(uses.map { "\($0.name.scope) \($0.name.workspace ?? "") \($0.name.name)" }).sorted()
        return try await withTurns(names[...], body)
    }

    private func withTurns<Value>(
        _ names: ArraySlice<String>, _ body: () async throws -> Value
    ) async throws -> Value {
        guard let first = names.first else { return try await body() }
        return try await volumeTurns.withTurn(first) { try await withTurns(names.dropFirst(), body) }
    }

    /// Makes layers of what a step that passed wrote to its volumes, as far as it is kept.
    ///
    /// To be called within `withVolumes`.
    func keepVolumes(of yield: StepYield, in batch: LayerBatch) async throws -> KeptVolumes {
        let (origin, sealed, volumes) = (yield.origin, yield.sealed, yield.volumes)
        var kept = KeptVolumes()
        guard let left = sealed.look({ $0.volumes }) else { throw CancellationError() }
        for (index, use) in yield.uses.enumerated() {
            func tell(_ action: Event.StepVolume.Action, _ version: String?, _ detail: String) {
                kept.events.append(
                    .stepVolume(
                        Event.StepVolume(
                            step: origin.step, volume: use.name.name.text, action: action, version: version,
                            key: use.wish.key, detail: detail)))
            }
            if let reason = use.reasonNotToWrite(hasChanged: left[index].hasChanged) {
                tell(.unchanged, use.base?.version, reason)
                continue
            }
            let versions = try await catalog.versions(of: use.name)
            if let key = use.wish.key {
                var taken: VolumeVersion?
                for version in versions
                where version.key == key && version.targets == use.wish.targets
                    && version.over == use.wish.over && taken == nil
                {
                    if try await conflict(of: version, at: volumes[index].places) == nil { taken = version }
                }
                if let taken {
                    tell(.dropped, taken.id, "another step has saved that key meanwhile")
                    continue
                }
            }
            var base = use.base?.layers ?? []
            var conflicts: [EntryPath] = []
            if use.write == .union, use.wish.key == nil,
                let latest = try await newest(of: versions, since: use, at: volumes[index].places, &kept)
            {
                // Squashed while the step ran, the base has other layers by now, and so has what stands on it.
                let known = base + (versions.first { $0.id == use.base?.version }?.layers ?? [])
                let theirs = latest.layers.filter { !known.contains($0) }
                conflicts = try await onBlockingThread {
                    try sealed.look {
                        try $0.conflicts(
                            inVolume: index, with: theirs.reversed(), most: UnionConflicts.most)
                    } ?? []
                }
                base = latest.layers
            }
            let version = try await version(of: use, on: base, left[index], index, sealed, origin, batch)
            kept.versions.append(version)
            // A directory for each place is in the layer, and none of the step's.
            let written = max(0, left[index].size.entries - use.wish.targets.count)
            tell(
                .saved, version.version.id,
                left[index].hasChanged ? "\(written) entries were written" : "as it was")
            if !conflicts.isEmpty {
                kept.events.append(
                    .warning(
                        code: "volume-conflict",
                        detail:
                            "step \(origin.step), volume \(use.name.name): another step changed the same, and "
                            + "the last one counts: " + use.words(for: conflicts)))
            }
        }
        return kept
    }

    /// The version that others made since the step began with its own, if it can lie where the step's does.
    private func newest(
        of versions: [VolumeVersion], since use: VolumeUse, at places: [MountPlace],
        _ kept: inout KeptVolumes
    ) async throws -> VolumeVersion? {
        for candidate in VolumeChoice.candidates(for: use.wish, among: versions) {
            let version = candidate.version
            // Nor one from before, should the step's own have gone.
            if let base = use.base, version.id == base.version || version.created < base.created {
                return nil
            }
            let hold = holds.hold(version.layers)
            guard try await catalog.hasLayers(version.layers),
                try await conflict(of: version, at: places) == nil
            else { continue }
            kept.holds.append(hold)
            return version
        }
        return nil
    }

    private func version(
        of use: VolumeUse, on base: [LayerID], _ left: SealedStep.Volume, _ index: Int,
        _ sealed: Parcel<SealedStep>, _ origin: StepOrigin, _ batch: LayerBatch
    ) async throws -> NewVolumeVersion {
        var layers: [NewVolumeVersion.Layer] = []
        if left.hasChanged {
            let number = try await batch.next()
            try await onBlockingThread {
                guard try sealed.look({ try $0.commit(volume: index, as: number) }) != nil else {
                    throw CancellationError()
                }
            }
            layers = [.init(layer: NewLayer(number, .volume, left.size), facts: left.facts)]
        }
        let version = VolumeVersion(
            id: SnapshotID.next(), key: use.wish.key, targets: use.wish.targets, over: use.wish.over,
            layers: base + layers.map(\.layer.id), bytes: left.size.bytes, entries: Int64(left.size.entries),
            maker: VolumeVersion.Maker(step: origin.step, id: origin.maker), created: now())
        return NewVolumeVersion(name: use.name, version: version, layers: layers)
    }
}

extension VolumeUse {
    /// Why nothing is kept of what the step left; nil where something is.
    func reasonNotToWrite(hasChanged: Bool) -> String? {
        if write == .never { return "it is only read (write: never)" }
        if isUntrusted { return "an untrusted run does not write to it" }
        if hasExactKey { return "a version with a key never changes" }
        if hasChanged { return nil }
        if base == nil { return "the step wrote nothing to it" }
        // Under its own key what was restored is found at once the next time.
        return wish.key == nil ? "the step wrote nothing to it" : nil
    }

    /// - Parameter conflicts: paths with the position of their place in front.
    fileprivate func words(for conflicts: [EntryPath]) -> String {
        let paths = conflicts.prefix(UnionConflicts.told).map { path -> String in
            let parts = path.components
            let place = parts.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
            let rest = parts.dropFirst().map { EntryPath.printable($0) }.joined(separator: "/")
            return "/\(wish.targets[place])/\(rest)"
        }
        let more = conflicts.count - paths.count
        return paths.joined(separator: ", ")
            + (more > 0
                ? " and \(more)\(conflicts.count == UnionConflicts.most ? " or more" : "") others" : "")
    }
}

/// How much is said of paths that two steps changed.
private enum UnionConflicts {
    static let most = 100
    static let told = 10
}
