import API
import Catalog
import Engine
import Model

extension Wire.Health {
    init(_ findings: [HealthFinding]) {
        let findings = findings.map { Wire.Finding($0) }
        self.init(status: findings.map(\.status).max() ?? .ok, findings: findings)
    }
}

extension Wire.Finding {
    init(_ finding: HealthFinding) {
        self.init(
            check: finding.check, status: finding.failure == nil ? .ok : .failed,
            detail: finding.failure?.detail ?? "nothing wrong", fix: finding.failure?.fix)
    }
}

extension Wire.Usage {
    init(_ usage: Usage) {
        func bytes(of area: LayerKind.Area) -> Int64 {
            usage.layers.filter { $0.key.area == area }.values.reduce(0, +)
        }
        let areas = [
            Area(name: "images", bytes: bytes(of: .images)),
            Area(name: "revisions", bytes: bytes(of: .revisions)),
            Area(name: "snapshots", count: Int64(usage.snapshots), bytes: bytes(of: .snapshots)),
            Area(name: "volumes", count: Int64(usage.volumes), bytes: bytes(of: .volumes)),
            Area(name: "runs", count: Int64(usage.runs.count), bytes: usage.runs.bytes),
            Area(name: "active", bytes: usage.active), Area(name: "dead", bytes: usage.dead),
            Area(name: "own", bytes: usage.own), Area(name: "unaccounted", bytes: usage.unaccounted),
        ]
        self.init(
            totalBytes: areas.reduce(0) { $0 + $1.bytes }, freeBytes: usage.freeBytes,
            capacityBytes: usage.totalBytes, areas: areas, workspaces: usage.workspaces.map { Workspace($0) },
            disk: Disk(usage.disk))
    }
}

extension LayerKind {
    fileprivate enum Area { case images, revisions, snapshots, volumes }

    /// What a layer of this kind is counted among.
    fileprivate var area: Area {
        switch self {
        case .image, .stub: .images
        case .revision: .revisions
        case .system, .delta, .squash: .snapshots
        case .volume: .volumes
        }
    }
}

extension Wire.Usage.Disk {
    init(_ state: DiskState) {
        self.init(
            level: state.level.word, detail: state.words,
            shares: state.shares.map {
                Wire.Usage.Share(
                    resource: $0.resource.rawValue, total: $0.total, free: $0.free, reserve: $0.reserve)
            })
    }
}

extension PruneRequest {
    /// - Throws: `bad-request` for numbers below zero.
    init(_ wire: Wire.PruneRequest) throws(Failure) {
        for (name, value) in [("keep_bytes", wire.keepBytes), ("older_than_seconds", wire.olderThanSeconds)] {
            guard let value, value < 0 else { continue }
            throw Failure(
                .badRequest, "\(name): \(value) is out of range", fix: "give an integer from 0 upwards")
        }
        self.init(
            isDryRun: wire.dryRun ?? false, keepBytes: wire.keepBytes,
            olderThan: wire.olderThanSeconds.map { TimeSpan(seconds: $0) })
    }
}

extension Wire.Pruning {
    /// Names the first of them; the sums are of all.
    init(_ pruned: [PrunedSnapshot], isDryRun: Bool) {
        self.init(
            dryRun: isDryRun, count: Int64(pruned.count), bytes: pruned.reduce(0) { $0 + $1.bytes },
            snapshots: pruned.prefix(Wire.Pruning.mostNamed).map { Item($0) })
    }
}

extension Wire.Pruning.Item {
    init(_ pruned: PrunedSnapshot) {
        self.init(
            id: pruned.id, step: pruned.step, workspace: pruned.workspace, bytes: pruned.bytes,
            usedAt: Wire.Time(pruned.used))
    }
}

extension Wire.Usage.Workspace {
    init(_ usage: WorkspaceUsage) {
        self.init(
            name: usage.name, revisionBytes: usage.revisionBytes, snapshotBytes: usage.snapshotBytes,
            sharedBytes: usage.sharedBytes,
            snapshots: usage.snapshots)
    }
}
