import Catalog
import Layers
import Linux
import Logging
import Model
import Sandbox

/// What a step that ended left, walked and not yet on record.
struct StepYield: Sendable {
    let origin: StepOrigin
    let sealed: Parcel<SealedStep>
    /// How long the command took.
    let milliseconds: Int64
    /// In one order: what the step's volumes were made of, and what it wants of them.
    var volumes: [StepVolume] = []
    var uses: [VolumeUse] = []
}

extension Engine {
    /// Turns what a step that passed left behind into a snapshot, or into a further record of an older one
    /// that is equal.
    ///
    /// In order: the overlays are gone, not merely unmounted; the delta is walked and its facts taken; what
    /// it wrote becomes layers by rename; one transaction makes it visible. A crash before the transaction
    /// leaves nothing to be seen.
    ///
    /// - Returns: the snapshot, and what there is to say of the step's volumes.
    func commitStep(
        _ tree: Parcel<MountedStep>, _ mark: StepMark, from origin: StepOrigin, milliseconds: Int64
    ) async throws -> (KeptSnapshot, [Event.Kind]) {
        try await putOnRecord(
            StepYield(
                origin: origin, sealed: try await seal(tree, from: origin), milliseconds: milliseconds,
                volumes: mark.layers.volumes, uses: mark.volumeUses))
    }

    /// Waits until nobody can write to a step's tree any more, and walks what it left.
    func seal(_ tree: Parcel<MountedStep>, from origin: StepOrigin) async throws -> Parcel<SealedStep> {
        try await onBlockingThread {
            let mounted = try tree.take()
            return Parcel(try mounted.released(timeout: StepGround.patience).quiet().seal(from: origin))
        }
    }

    /// As `commitStep`, once what the step wrote is walked.
    ///
    /// - Parameter ended: the lease whose step this was, with its end, for the identifier of the snapshot and what
    ///   there is to say of volumes; its end is on record with the snapshot, or neither is.
    func putOnRecord(
        _ yield: StepYield,
        ending ended: (_ snapshot: String, _ events: [Event.Kind]) -> Lease? = { _, _ in nil }
    ) async throws -> (KeptSnapshot, [Event.Kind]) {
        // Before anybody's volumes are locked: it may read all that the step wrote.
        let older = try await olderEqual(yield.origin, yield.sealed)
        return try await withVolumes(yield.uses) {
            let (kept, snapshot) = try await recording { batch in
                let kept = try await keepVolumes(of: yield, in: batch)
                let snapshot = try await keptSnapshot(
                    of: yield, orEqual: older, volumes: kept.versions, in: batch
                ) { ended($0, kept.events) }
                return (kept, snapshot)
            }
            durability.add(kept.layers)
            withExtendedLifetime(kept.holds) {}
            if !kept.versions.isEmpty {
                squashing.request()
                upkeep.request()
            }
            return (snapshot, kept.events)
        }
    }

    /// - Parameters:
    ///   - older: the snapshot that is kept instead, unless it has been removed meanwhile.
    ///   - volumes: on record with the snapshot, or not at all.
    private func keptSnapshot(
        of yield: StepYield, orEqual older: Snapshot?, volumes: [NewVolumeVersion], in batch: LayerBatch,
        ending ended: (_ snapshot: String) -> Lease?
    ) async throws -> KeptSnapshot {
        if let older, let kept = await keepOlder(older, for: yield, volumes: volumes, ending: ended) {
            await discardOrLog(yield)
            return kept
        }
        return try await addSnapshot(
            of: yield, yield.origin.isCached ? .cached : .result, volumes: volumes, in: batch, ending: ended)
    }

    /// Has an older snapshot found as what this step left; nil if it has been removed meanwhile.
    private func keepOlder(
        _ older: Snapshot, for yield: StepYield, volumes: [NewVolumeVersion],
        ending ended: (_ snapshot: String) -> Lease?
    ) async -> KeptSnapshot? {
        guard let facts = yield.sealed.look({ $0.facts }) else { return nil }
        let record = cacheRecord(
            of: older.id, yield.origin, facts, now(), hasDelta: older.ownDelta != nil)
        let hold = snapshotHolds.hold([older.id])
        let recorded: Void? = try? await catalog.addCacheRecord(
            record, on: yield.origin.revision?.manifest, ending: ended(older.id), volumes: volumes)
        return recorded.map { KeptSnapshot(snapshot: older, hold: hold) }
    }

    /// Gives up what a step left that is on record otherwise. What resists is left to the next start: the commit has
    /// happened.
    private func discardOrLog(_ yield: StepYield) async {
        do {
            try await onBlockingThread { try yield.sealed.open()?.discard() }
        } catch {
            logger.warning(
                "what a step wrote stays behind",
                metadata: [
                    "step": "\(yield.origin.step)", "maker": "\(yield.origin.maker)", "error": "\(error)",
                ])
        }
    }

    /// Makes a snapshot of what the step left, found by look-ups if it is cached.
    ///
    /// - Parameters:
    ///   - volumes: on record with the snapshot, or not at all.
    ///   - ended: as of `putOnRecord`.
    func addSnapshot(
        of yield: StepYield, _ retention: Snapshot.Retention, volumes: [NewVolumeVersion] = [],
        in batch: LayerBatch, ending ended: (_ snapshot: String) -> Lease? = { _ in nil }
    ) async throws -> KeptSnapshot {
        let (origin, time) = (yield.origin, now())
        let (system, workspace) = (try await batch.next(), try await batch.next())
        let left = try await onBlockingThread { () throws -> CommittedStep in
            let step = try yield.sealed.take()
            return try step.commit(system: system, workspace: workspace)
        }
        let snapshot = snapshot(of: yield, left, retention, time)
        var new: [NewLayer] = []
        if let (layer, size) = left.system { new.append(NewLayer(layer, .system, size)) }
        if let (layer, size) = left.workspace { new.append(NewLayer(layer, .delta, size)) }
        let record =
            retention == .cached
            ? cacheRecord(of: snapshot.id, origin, left.facts, time, hasDelta: snapshot.ownDelta != nil) : nil
        let hold = snapshotHolds.hold([snapshot.id])
        try await catalog.addSnapshot(
            snapshot, layers: new, record: record, on: origin.revision?.manifest, ending: ended(snapshot.id),
            volumes: volumes)
        durability.add(new.map(\.id))
        metrics.committed(bytes: snapshot.bytes)
        if LayerChain.allCases.contains(where: { snapshot[$0].count > ChainDepth.usual }) {
            squashing.request()
        }
        return KeptSnapshot(snapshot: snapshot, hold: hold)
    }

    /// An older snapshot of this step on the same parent, whose identity differs at most in what the policy
    /// resolves to, and which left the same. Keeping it keeps its descendants hits.
    private func olderEqual(_ origin: StepOrigin, _ sealed: Parcel<SealedStep>) async throws -> Snapshot? {
        guard origin.isCached else { return nil }
        var seen: Set<String> = []
        for record in try await catalog.cacheRecords(similarTo: origin.identity)
        where record.identity.base == origin.identity.base && seen.insert(record.snapshot).inserted {
            guard let older = try await catalog.snapshot(record.snapshot) else { continue }
            let own = [older.ownSystem, older.ownDelta].compactMap { $0 }
            let hold = holds.hold(own)
            defer { withExtendedLifetime(hold) {} }
            guard try await catalog.hasLayers(own) else { continue }
            let isEqual = try await onBlockingThread {
                try sealed.look { try $0.equals(system: older.ownSystem, workspace: older.ownDelta) } ?? false
            }
            if isEqual { return older }
        }
        return nil
    }

    private func cacheRecord(
        of snapshot: String, _ origin: StepOrigin, _ facts: FactSet, _ time: Timestamp, hasDelta: Bool
    ) -> CacheRecord {
        CacheRecord(
            snapshot: snapshot, step: origin.step, identity: origin.identity, facts: facts, committed: time,
            ingest: origin.revision?.ingest, hasDelta: hasDelta)
    }

    private func snapshot(
        of yield: StepYield, _ left: CommittedStep, _ retention: Snapshot.Retention, _ time: Timestamp
    ) -> Snapshot {
        let origin = yield.origin
        var snapshot = Snapshot(
            id: SnapshotID.next(), scope: origin.identity.scope, workspace: origin.identity.workspace,
            step: origin.step, maker: origin.maker, parent: origin.parent?.id, image: origin.image,
            systemLayers: (origin.parent?.systemLayers ?? []) + (left.system.map { [$0.layer] } ?? []),
            deltaLayers: (origin.parent?.deltaLayers ?? []) + (left.workspace.map { [$0.layer] } ?? []),
            ownSystem: left.system?.layer, ownDelta: left.workspace?.layer,
            ingest: origin.revision?.ingest, revision: origin.revision?.manifest.digest, created: time,
            milliseconds: yield.milliseconds,
            bytes: (left.system?.size.bytes ?? 0) + (left.workspace?.size.bytes ?? 0),
            entries: Int64((left.system?.size.entries ?? 0) + (left.workspace?.size.entries ?? 0)),
            retention: retention)
        snapshot.workspaceTarget = origin.identity.workspaceTarget
        return snapshot
    }
}

extension QuietStep {
    /// Walks what the step wrote, once.
    consuming func seal(from origin: StepOrigin) throws(Failure) -> SealedStep {
        try seal(
            revision: origin.revision?.manifest,
            mountPoints: origin.identity.places.mountPoints.map(\.path))
    }
}

extension NewLayer {
    init(_ id: LayerID, _ kind: LayerKind, _ size: LayerSize) {
        self.init(id: id, kind: kind, bytes: size.bytes, entries: Int64(size.entries))
    }
}
