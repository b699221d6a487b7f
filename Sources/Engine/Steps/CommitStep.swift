import Catalog
import Layers
import Linux
import Model
import Sandbox

extension Engine {
    /// Turns what a step that passed left behind into a snapshot, or into a further record of an older one
    /// that is equal.
    ///
    /// In order: the overlays are gone, not merely unmounted; the delta is walked and its facts taken; what
    /// it wrote becomes layers by rename; one transaction makes it visible. A crash before the transaction
    /// leaves nothing to be seen.
    func commit(
        _ work: StepWork, _ tree: Parcel<MountedStep>, _ ground: StepGround, report: StepReport
    ) async throws -> Snapshot {
        let manifest = work.run.frozen.revision(for: work.step)?.manifest
        let sealed = try await onBlockingThread { () throws -> Parcel<SealedStep> in
            guard let mounted = tree.open() else { throw CancellationError() }
            let quiet = try mounted.released(timeout: StepGround.patience).quiet()
            return Parcel(try quiet.seal(revision: manifest, mountPoints: StepPaths.mountPoints.map(\.path)))
        }
        let committed = now()
        if let older = try await olderEqual(work, sealed) {
            let facts = try await onBlockingThread { () throws -> FactSet in
                guard let step = sealed.open() else { throw CancellationError() }
                let facts = step.facts
                try step.discard()
                return facts
            }
            let record = record(of: older.id, work, facts, committed, hasDelta: older.ownDelta != nil)
            try await catalog.addRecord(record, on: manifest)
            return older
        }
        return try await commitNew(work, sealed, report: report, committed, on: manifest)
    }

    private func commitNew(
        _ work: StepWork, _ sealed: Parcel<SealedStep>, report: StepReport, _ time: Timestamp,
        on manifest: Manifest?
    ) async throws -> Snapshot {
        let (system, workspace) = (try await numbers.next(), try await numbers.next())
        let left = try await onBlockingThread { () throws -> CommittedStep in
            guard let step = sealed.open() else { throw CancellationError() }
            return try step.commit(system: system, workspace: workspace)
        }
        let snapshot = snapshot(work, left, report: report, time)
        var new: [NewLayer] = []
        if let (layer, size) = left.system { new.append(NewLayer(layer, .system, size)) }
        if let (layer, size) = left.workspace { new.append(NewLayer(layer, .delta, size)) }
        let record =
            work.step.cache.mayHit
            ? record(of: snapshot.id, work, left.facts, time, hasDelta: snapshot.ownDelta != nil) : nil
        try await catalog.addSnapshot(snapshot, layers: new, record: record, on: manifest)
        durability.add(new.map(\.id))
        return snapshot
    }

    /// An older snapshot of this step on the same parent, whose identity differs at most in what the policy
    /// resolves to, and which left the same. Keeping it keeps its descendants hits.
    private func olderEqual(_ work: StepWork, _ sealed: Parcel<SealedStep>) async throws -> Snapshot? {
        guard work.step.cache.mayHit else { return nil }
        var seen: Set<String> = []
        for record in try await catalog.records(similarTo: work.identity)
        where record.identity.base == work.identity.base && seen.insert(record.snapshot).inserted {
            guard let older = try await catalog.snapshot(record.snapshot) else { continue }
            let isEqual = try await onBlockingThread {
                try sealed.look { try $0.equals(system: older.ownSystem, workspace: older.ownDelta) } ?? false
            }
            if isEqual { return older }
        }
        return nil
    }

    private func record(
        of snapshot: String, _ work: StepWork, _ facts: FactSet, _ time: Timestamp, hasDelta: Bool
    ) -> CacheRecord {
        CacheRecord(
            snapshot: snapshot, step: work.step.key, identity: work.identity, facts: facts, committed: time,
            ingest: work.run.frozen.revision(for: work.step)?.ingest, hasDelta: hasDelta)
    }

    private func snapshot(
        _ work: StepWork, _ left: CommittedStep, report: StepReport, _ time: Timestamp
    ) -> Snapshot {
        let parent = work.base.parent
        let revision = work.run.frozen.revision(for: work.step)
        return Snapshot(
            id: SnapshotID.next(), scope: work.run.frozen.scope, workspace: work.identity.workspace,
            step: work.step.key, run: work.run.id, parent: parent?.id, image: work.base.image.digest,
            systemLayers: (parent?.systemLayers ?? []) + (left.system.map { [$0.layer] } ?? []),
            deltaLayers: (parent?.deltaLayers ?? []) + (left.workspace.map { [$0.layer] } ?? []),
            ownSystem: left.system?.layer, ownDelta: left.workspace?.layer, ingest: revision?.ingest,
            revision: revision?.manifest.digest, created: time,
            milliseconds: (report.ended.nanoseconds - report.started.nanoseconds) / 1_000_000,
            bytes: (left.system?.size.bytes ?? 0) + (left.workspace?.size.bytes ?? 0),
            entries: Int64((left.system?.size.entries ?? 0) + (left.workspace?.size.entries ?? 0)),
            retention: work.step.cache.mayHit ? .cached : .result)
    }
}

/// Names for snapshots: 16 random hex digits.
enum SnapshotID {
    static func next() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension NewLayer {
    init(_ id: LayerID, _ kind: LayerKind, _ size: LayerSize) {
        self.init(id: id, kind: kind, bytes: size.bytes, entries: Int64(size.entries))
    }
}
