/// The table of everything the daemon answers to: one method and one path template each.
///
/// The server registers every case, the client reaches them through `Route`, and `docs/openapi.yaml`
/// describes them.
package enum Endpoint: String, CaseIterable, Hashable, Sendable {
    case info, health, metrics
    case importImage, listImages, image, deleteImage
    case createRevision, listRevisions, deleteRevision, listWorkspaces, deleteWorkspace
    case plan, explain
    case createRun, listRuns, run, runEvents, cancelRun
    case listSnapshots, snapshot, deleteSnapshot, pinSnapshot, unpinSnapshot, snapshotChanges, snapshotFiles
    case prepareLease, listLeases, lease, renewLease, commitLease, discardLease
    case openShell
    case listVolumes, volume, deleteVolume, clearVolume, exportVolume, importVolume
    case usage, prune

    package enum Method: String, Hashable, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    package var method: Method { entry.method }

    /// The path, with each parameter as `{name}` for one whole segment.
    package var template: String { entry.template }

    /// Names of the parameters in the template, in order.
    package var parameters: [String] {
        template.split(separator: "/").compactMap { segment in
            segment.first == "{" ? String(segment.dropFirst().dropLast()) : nil
        }
    }

    /// Whether admins alone may call it: a lease is a root file system on the host, and a pruning takes from everybody.
    package var isForAdmins: Bool {
        switch self {
        case .prepareLease, .listLeases, .lease, .renewLease, .commitLease, .discardLease, .prune: true
        case .info, .health, .metrics, .importImage, .listImages, .image, .deleteImage, .createRevision,
            .listRevisions, .deleteRevision, .listWorkspaces, .deleteWorkspace, .plan, .explain, .createRun,
            .listRuns, .run, .runEvents, .cancelRun, .listSnapshots, .snapshot, .deleteSnapshot, .pinSnapshot,
            .unpinSnapshot, .snapshotChanges, .snapshotFiles, .openShell, .listVolumes, .volume,
            .deleteVolume, .clearVolume, .exportVolume, .importVolume, .usage:
            false
        }
    }

    private var entry: (method: Method, template: String) {
        switch self {
        case .info: (.get, "/v1/info")
        case .health: (.get, "/v1/health")
        case .metrics: (.get, "/metrics")
        case .importImage: (.post, "/v1/images")
        case .listImages: (.get, "/v1/images")
        case .image: (.get, "/v1/images/{name}")
        case .deleteImage: (.delete, "/v1/images/{name}")
        case .createRevision: (.post, "/v1/workspaces/{name}/revisions")
        case .listRevisions: (.get, "/v1/workspaces/{name}/revisions")
        case .deleteRevision: (.delete, "/v1/workspaces/{name}/revisions/{digest}")
        case .listWorkspaces: (.get, "/v1/workspaces")
        case .deleteWorkspace: (.delete, "/v1/workspaces/{name}")
        case .plan: (.post, "/v1/plans")
        case .explain: (.post, "/v1/explanations")
        case .createRun: (.post, "/v1/runs")
        case .listRuns: (.get, "/v1/runs")
        case .run: (.get, "/v1/runs/{id}")
        case .runEvents: (.get, "/v1/runs/{id}/events")
        case .cancelRun: (.post, "/v1/runs/{id}/cancel")
        case .listSnapshots: (.get, "/v1/snapshots")
        case .snapshot: (.get, "/v1/snapshots/{id}")
        case .deleteSnapshot: (.delete, "/v1/snapshots/{id}")
        case .pinSnapshot: (.post, "/v1/snapshots/{id}/pin")
        case .unpinSnapshot: (.post, "/v1/snapshots/{id}/unpin")
        case .snapshotChanges: (.get, "/v1/snapshots/{id}/changes")
        case .snapshotFiles: (.get, "/v1/snapshots/{id}/files")
        case .prepareLease: (.post, "/v1/leases")
        case .listLeases: (.get, "/v1/leases")
        case .lease: (.get, "/v1/leases/{id}")
        case .renewLease: (.post, "/v1/leases/{id}/renew")
        case .commitLease: (.post, "/v1/leases/{id}/commit")
        case .discardLease: (.delete, "/v1/leases/{id}")
        case .openShell: (.post, "/v1/shells")
        case .listVolumes: (.get, "/v1/volumes")
        case .volume: (.get, "/v1/volumes/{name}")
        case .deleteVolume: (.delete, "/v1/volumes/{name}")
        case .clearVolume: (.post, "/v1/volumes/{name}/clear")
        case .exportVolume: (.get, "/v1/volumes/{name}/archive")
        case .importVolume: (.post, "/v1/volumes/{name}/archive")
        case .usage: (.get, "/v1/usage")
        case .prune: (.post, "/v1/prune")
        }
    }
}
