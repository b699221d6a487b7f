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
        func area(_ name: String, _ kinds: [String], count: Int64? = nil) -> Area {
            Area(name: name, count: count, bytes: kinds.reduce(0) { $0 + usage.layers[$1, default: 0] })
        }
        let areas = [
            area("images", ["image", "stub"]), area("revisions", ["revision"]),
            area("snapshots", ["system", "delta"], count: Int64(usage.snapshots)),
            Area(name: "runs", count: Int64(usage.runs.count), bytes: usage.runs.bytes),
        ]
        self.init(
            totalBytes: areas.reduce(0) { $0 + $1.bytes }, freeBytes: usage.freeBytes,
            capacityBytes: usage.totalBytes, areas: areas, workspaces: usage.workspaces.map { Workspace($0) })
    }
}

extension Wire.Usage.Workspace {
    init(_ usage: WorkspaceUsage) {
        self.init(
            name: usage.name, revisionBytes: usage.revisionBytes, snapshotBytes: usage.snapshotBytes,
            snapshots: usage.snapshots)
    }
}
