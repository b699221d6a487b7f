import API
import Catalog
import Engine
import Model
import Workspaces

extension Wire.Workspace {
    init(_ record: WorkspaceRecord) {
        self.init(
            name: record.name, revision: record.latest?.revision, revisions: Int64(record.revisions),
            bytes: record.latest?.bytes ?? 0, updatedAt: record.latest.map { Wire.Time($0.ingested) })
    }
}

extension Wire.Revision {
    init(_ ingest: Ingest) {
        self.init(
            digest: ingest.revision, files: ingest.files, bytes: ingest.bytes,
            createdAt: Wire.Time(ingest.ingested))
    }
}

extension Wire.Revision {
    init(_ summary: RevisionSummary) {
        self.init(
            digest: summary.digest, files: summary.files, bytes: summary.bytes, copied: summary.copied,
            reused: summary.reused, durationMs: summary.milliseconds, createdAt: Wire.Time(summary.ingested),
            warnings: summary.warnings)
    }
}

extension RevisionRequest {
    init(_ wire: Wire.RevisionRequest) {
        let ignore: IgnoreRequest.Source =
            switch wire.ignore {
            case nil, .git: .git
            case Wire.Ignore.none?: .none
            case .patterns(let patterns): .patterns(patterns)
            }
        self.init(path: Array(wire.path.utf8), exclude: wire.exclude ?? [], ignore: ignore)
    }
}
