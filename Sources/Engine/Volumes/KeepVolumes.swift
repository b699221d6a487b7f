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
        guard let left = yield.sealed.look({ $0.volumes }) else { throw CancellationError() }
        var kept = KeptVolumes()
        for (index, use) in yield.uses.enumerated() {
            let volume = LeftVolume(
                index: index, use: use, places: yield.volumes[index].places, left: left[index])
            try await keep(volume, of: yield, in: batch, &kept)
        }
        return kept
    }

    private func keep(
        _ volume: LeftVolume, of yield: StepYield, in batch: LayerBatch, _ kept: inout KeptVolumes
    ) async throws {
        let (use, step) = (volume.use, yield.origin.step)
        if let reason = use.reasonNotToWrite(hasChanged: volume.left.hasChanged) {
            kept.events.append(volume.event(.unchanged, use.base?.version, reason, of: step))
            return
        }
        let versions = try await catalog.versions(of: use.name)
        if let taken = try await versionWithKey(of: volume, among: versions) {
            kept.events.append(
                volume.event(.dropped, taken.id, "another step has saved that key meanwhile", of: step))
            return
        }
        let union = try await union(of: volume, with: versions, yield.sealed)
        if let union { kept.holds.append(union.hold) }
        let version = try await version(
            of: volume, on: union?.layers ?? use.base?.layers ?? [], yield, in: batch)
        kept.versions.append(version)
        kept.events.append(volume.event(.saved, version.version.id, volume.words, of: step))
        if let conflicts = union?.conflicts, !conflicts.isEmpty {
            kept.events.append(use.warning(of: conflicts, in: step))
        }
    }

    /// A version that others have saved under the volume's key since the step began, and that can lie where the step's does.
    private func versionWithKey(
        of volume: LeftVolume, among versions: [VolumeVersion]
    ) async throws(Failure) -> VolumeVersion? {
        let wish = volume.use.wish
        guard let key = wish.key else { return nil }
        for version in versions
        where version.key == key && version.targets == wish.targets && version.over == wish.over {
            if try await conflict(of: version, at: volume.places) == nil { return version }
        }
        return nil
    }

    /// What the step's own is laid on where it is merged with what others wrote meanwhile; nil where it is not, or they wrote
    /// nothing.
    private func union(
        of volume: LeftVolume, with versions: [VolumeVersion], _ sealed: Parcel<SealedStep>
    ) async throws -> VolumeUnion? {
        let use = volume.use
        guard use.write == .union, use.wish.key == nil,
            let (latest, hold) = try await newest(of: versions, since: volume)
        else { return nil }
        // Squashed while the step ran, the base has other layers by now, and so has what stands on it.
        let known =
            (use.base?.layers ?? []) + (versions.first { $0.id == use.base?.version }?.layers ?? [])
        let theirs = latest.layers.filter { !known.contains($0) }
        let conflicts: [EntryPath] = try await onBlockingThread { [index = volume.index] in
            try sealed.look {
                try $0.conflicts(inVolume: index, with: theirs.reversed(), most: UnionConflicts.most)
            } ?? []
        }
        return VolumeUnion(layers: latest.layers, hold: hold, conflicts: conflicts)
    }

    /// The version that others made since the step began with its own, if it can lie where the step's does; held.
    private func newest(
        of versions: [VolumeVersion], since volume: LeftVolume
    ) async throws(Failure) -> (VolumeVersion, LayerHolds.Hold)? {
        for candidate in VolumeChoice.candidates(for: volume.use.wish, among: versions) {
            let version = candidate.version
            // Nor one from before, should the step's own have gone.
            if let base = volume.use.base, version.id == base.version || version.created < base.created {
                return nil
            }
            let hold = holds.hold(version.layers)
            guard try await catalog.hasLayers(version.layers),
                try await conflict(of: version, at: volume.places) == nil
            else { continue }
            return (version, hold)
        }
        return nil
    }

    /// - Parameter base: the layers it is laid on, the oldest first.
    private func version(
        of volume: LeftVolume, on base: [LayerID], _ yield: StepYield, in batch: LayerBatch
    ) async throws -> NewVolumeVersion {
        let (use, left) = (volume.use, volume.left)
        var layers: [NewVolumeVersion.Layer] = []
        if left.hasChanged {
            let number = try await batch.next()
            try await onBlockingThread { [index = volume.index, sealed = yield.sealed] in
                guard try sealed.look({ try $0.commit(volume: index, as: number) }) != nil else {
                    throw CancellationError()
                }
            }
            layers = [.init(layer: NewLayer(number, .volume, left.size), facts: left.facts)]
        }
        let version = VolumeVersion(
            id: SnapshotID.next(), key: use.wish.key, targets: use.wish.targets, over: use.wish.over,
            layers: base + layers.map(\.layer.id), bytes: left.size.bytes, entries: Int64(left.size.entries),
            maker: VolumeVersion.Maker(step: yield.origin.step, id: yield.origin.maker), created: now())
        return NewVolumeVersion(name: use.name, version: version, layers: layers)
    }
}

/// One of the volumes of a step that has ended.
private struct LeftVolume: Sendable {
    /// Its position among the step's.
    let index: Int
    let use: VolumeUse
    let places: [MountPlace]
    let left: SealedStep.Volume

    /// What there is to say of what was saved.
    var words: String {
        // A directory for each place is in the layer, and none of the step's.
        left.hasChanged
            ? "\(max(0, left.size.entries - use.wish.targets.count)) entries were written" : "as it was"
    }

    func event(
        _ action: Event.StepVolume.Action, _ version: String?, _ detail: String, of step: StepKey
    ) -> Event.Kind {
        .stepVolume(
            Event.StepVolume(
                step: step, volume: use.name.name.text, action: action, version: version, key: use.wish.key,
                detail: detail))
    }
}

/// A version of others that a step's own is laid on.
private struct VolumeUnion {
    let layers: [LayerID]
    let hold: LayerHolds.Hold
    /// What the step and they did different things to.
    let conflicts: [EntryPath]
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

    fileprivate func warning(of conflicts: [EntryPath], in step: StepKey) -> Event.Kind {
        .warning(
            code: "volume-conflict",
            detail:
                "step \(step), volume \(name.name): another step changed the same, and the last one counts: "
                + words(for: conflicts))
    }

    /// - Parameter conflicts: paths with the position of their place in front.
    private func words(for conflicts: [EntryPath]) -> String {
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
