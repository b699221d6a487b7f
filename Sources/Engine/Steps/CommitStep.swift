import Catalog
import Layers
import Linux
import Logging
import Model
import Sandbox

extension Engine {
    /// Turns what a step that passed left behind into a snapshot, or into a further record of an older one
    /// that is equal.
    ///
    /// In order: the overlays are gone, not merely unmounted; the delta is walked and its facts taken; what
    /// it wrote becomes layers by rename; one transaction makes it visible. A crash before the transaction
    /// leaves nothing to be seen.
    ///
    /// - Returns: the snapshot, and what there is to say of the step's volumes.
    func commit(
        _ origin: StepOrigin, _ tree: Parcel<MountedStep>, _ mark: StepMark, milliseconds: Int64
    ) async throws -> (KeptSnapshot, [Event.Kind]) {
        try await commit(
            origin, try await seal(tree, from: origin), volumes: mark.layers.volumes, mark.volumeUses,
            milliseconds: milliseconds)
    }

    /// Waits until nobody can write to a step's tree any more, and walks what it left.
    func seal(_ tree: Parcel<MountedStep>, from origin: StepOrigin) async throws -> Parcel<SealedStep> {
        try await onBlockingThread {
            let mounted = try tree.take()
            return Parcel(try mounted.released(timeout: StepGround.patience).quiet().seal(from: origin))
        }
    }

    /// As `commit(_:_:_:milliseconds:)`, once what the step wrote is walked.
    ///
    /// - Parameter ended: the lease whose step this was, with its end, for the identifier of the snapshot and what
    ///   there is to say of volumes; its end is on record with the snapshot, or neither is.
    func commit(
        _ origin: StepOrigin, _ sealed: Parcel<SealedStep>, volumes: [StepVolume], _ uses: [VolumeUse],
        milliseconds: Int64,
        ending ended: (_ snapshot: String, _ events: [Event.Kind]) -> Lease? = { _, _ in nil }
    ) async throws -> (KeptSnapshot, [Event.Kind]) {
        // Before anybody's volumes are locked: it may read all that the step wrote.
        let older = try await olderEqual(origin, sealed)
        return try await withVolumes(uses) {
            let (kept, snapshot) = try await recording { batch in
                let kept = try await keep(uses, sealed, volumes, of: origin, as: batch)
                let snapshot = try await commit(
                    origin, sealed, equalTo: older, milliseconds: milliseconds, volumes: kept.versions,
                    as: batch
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
    private func commit(
        _ origin: StepOrigin, _ sealed: Parcel<SealedStep>, equalTo older: Snapshot?, milliseconds: Int64,
        volumes: [NewVolumeVersion], as batch: LayerBatch, ending ended: (_ snapshot: String) -> Lease?
    ) async throws -> KeptSnapshot {
        let committed = now()
        if let older, let facts = sealed.look({ $0.facts }) {
            let record = record(of: older.id, origin, facts, committed, hasDelta: older.ownDelta != nil)
            let hold = snapshotHolds.hold([older.id])
            let recorded: Void? = try? await catalog.addCacheRecord(
                record, on: origin.revision?.manifest, ending: ended(older.id), volumes: volumes)
            // It may have been removed meanwhile; what this step left is as good.
            if recorded != nil {
                await giveUp(sealed, of: origin)
                return KeptSnapshot(snapshot: older, hold: hold)
            }
        }
        return try await commitNew(
            origin, sealed, origin.isCached ? .cached : .result, milliseconds, committed, volumes, batch,
            ended)
    }

    /// Gives up what a step left that is on record otherwise. What resists is left to the next start: the commit has
    /// happened.
    private func giveUp(_ sealed: Parcel<SealedStep>, of origin: StepOrigin) async {
        do {
            try await onBlockingThread { try sealed.open()?.discard() }
        } catch {
            logger.warning(
                "what a step wrote stays behind",
                metadata: ["step": "\(origin.step)", "maker": "\(origin.maker)", "error": "\(error)"])
        }
    }

    func commitNew(
        _ origin: StepOrigin, _ sealed: Parcel<SealedStep>, _ retention: Snapshot.Retention,
        _ milliseconds: Int64, _ time: Timestamp, _ volumes: [NewVolumeVersion], _ batch: LayerBatch,
        _ ended: (_ snapshot: String) -> Lease?
    ) async throws -> KeptSnapshot {
        let (system, workspace) = (try await batch.next(), try await batch.next())
        let left = try await onBlockingThread { () throws -> CommittedStep in
            let step = try sealed.take()
            return try step.commit(system: system, workspace: workspace)
        }
        let snapshot = snapshot(origin, left, retention, milliseconds, time)
        var new: [NewLayer] = []
        if let (layer, size) = left.system { new.append(NewLayer(layer, .system, size)) }
        if let (layer, size) = left.workspace { new.append(NewLayer(layer, .delta, size)) }
        let record =
            retention == .cached
            ? record(of: snapshot.id, origin, left.facts, time, hasDelta: snapshot.ownDelta != nil) : nil
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

    private func record(
        of snapshot: String, _ origin: StepOrigin, _ facts: FactSet, _ time: Timestamp, hasDelta: Bool
    ) -> CacheRecord {
        CacheRecord(
            snapshot: snapshot, step: origin.step, identity: origin.identity, facts: facts, committed: time,
            ingest: origin.revision?.ingest, hasDelta: hasDelta)
    }

    private func snapshot(
        _ origin: StepOrigin, _ left: CommittedStep, _ retention: Snapshot.Retention, _ milliseconds: Int64,
        _ time: Timestamp
    ) -> Snapshot {
        var snapshot = Snapshot(
            id: SnapshotID.next(), scope: origin.identity.scope, workspace: origin.identity.workspace,
            step: origin.step, maker: origin.maker, parent: origin.parent?.id, image: origin.image,
            systemLayers: (origin.parent?.systemLayers ?? []) + (left.system.map { [$0.layer] } ?? []),
            deltaLayers: (origin.parent?.deltaLayers ?? []) + (left.workspace.map { [$0.layer] } ?? []),
            ownSystem: left.system?.layer, ownDelta: left.workspace?.layer,
            ingest: origin.revision?.ingest, revision: origin.revision?.manifest.digest, created: time,
            milliseconds: milliseconds,
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
