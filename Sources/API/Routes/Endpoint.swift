/// The table of everything the daemon answers to: for each a method, a path template, the query it takes and whom it is for.
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

    /// The query parameters the endpoint takes.
    ///
    /// `scope` wherever things belong to someone: admins name with it whose are meant.
    package var queryParameters: Set<Query.Name> { entry.query }

    /// Whether the endpoint takes `label.NAME=VALUE` besides, for any name.
    package var takesLabels: Bool { self == .listSnapshots }

    /// Whether admins alone may call it: a lease is a root file system on the host, and a pruning takes from everybody.
    package var isForAdmins: Bool { entry.audience == .admins }

    /// Items in a part of a list when the request names no `limit`, and at most.
    package static let pageLimit: (usual: Int64, most: Int64) = (100, 1000)

    private struct Entry {
        enum Audience { case everybody, admins }

        let method: Method
        let template: String
        let query: Set<Query.Name>
        let audience: Audience

        init(
            _ method: Method, _ template: String, _ query: Set<Query.Name> = [],
            for audience: Audience = .everybody
        ) {
            self.method = method
            self.template = template
            self.query = query
            self.audience = audience
        }
    }

    private var entry: Entry {
        switch self {
        case .info: Entry(.get, "/v1/info")
        case .health: Entry(.get, "/v1/health")
        case .metrics: Entry(.get, "/metrics")
        case .importImage: Entry(.post, "/v1/images", [.name, .scope])
        case .listImages: Entry(.get, "/v1/images", [.limit, .cursor, .scope])
        case .image: Entry(.get, "/v1/images/{name}", [.scope])
        case .deleteImage: Entry(.delete, "/v1/images/{name}", [.scope])
        case .createRevision: Entry(.post, "/v1/workspaces/{name}/revisions", [.scope])
        case .listRevisions: Entry(.get, "/v1/workspaces/{name}/revisions", [.limit, .cursor, .scope])
        case .deleteRevision: Entry(.delete, "/v1/workspaces/{name}/revisions/{digest}", [.scope])
        case .listWorkspaces: Entry(.get, "/v1/workspaces", [.limit, .cursor, .scope])
        case .deleteWorkspace: Entry(.delete, "/v1/workspaces/{name}", [.scope])
        case .plan: Entry(.post, "/v1/plans", [.scope])
        case .explain: Entry(.post, "/v1/explanations", [.scope])
        case .createRun: Entry(.post, "/v1/runs", [.scope])
        case .listRuns: Entry(.get, "/v1/runs", [.workspace, .status, .limit, .cursor, .scope])
        case .run: Entry(.get, "/v1/runs/{id}", [.scope])
        case .runEvents: Entry(.get, "/v1/runs/{id}/events", [.after, .follow, .step, .scope])
        case .cancelRun: Entry(.post, "/v1/runs/{id}/cancel", [.scope])
        case .listSnapshots:
            Entry(.get, "/v1/snapshots", [.workspace, .step, .identity, .limit, .cursor, .scope])
        case .snapshot: Entry(.get, "/v1/snapshots/{id}", [.scope])
        case .deleteSnapshot: Entry(.delete, "/v1/snapshots/{id}", [.recursive, .scope])
        case .pinSnapshot: Entry(.post, "/v1/snapshots/{id}/pin", [.scope])
        case .unpinSnapshot: Entry(.post, "/v1/snapshots/{id}/unpin", [.scope])
        case .snapshotChanges: Entry(.get, "/v1/snapshots/{id}/changes", [.limit, .cursor, .scope])
        case .snapshotFiles: Entry(.get, "/v1/snapshots/{id}/files", [.path, .revision, .view, .scope])
        case .prepareLease: Entry(.post, "/v1/leases", [.scope], for: .admins)
        case .listLeases: Entry(.get, "/v1/leases", [.limit, .cursor, .scope], for: .admins)
        case .lease: Entry(.get, "/v1/leases/{id}", [.scope], for: .admins)
        case .renewLease: Entry(.post, "/v1/leases/{id}/renew", [.scope], for: .admins)
        case .commitLease: Entry(.post, "/v1/leases/{id}/commit", [.scope], for: .admins)
        case .discardLease: Entry(.delete, "/v1/leases/{id}", [.force, .scope], for: .admins)
        case .openShell: Entry(.post, "/v1/shells", [.scope])
        case .listVolumes: Entry(.get, "/v1/volumes", [.workspace, .limit, .cursor, .scope])
        case .volume: Entry(.get, "/v1/volumes/{name}", [.workspace, .scope])
        case .deleteVolume: Entry(.delete, "/v1/volumes/{name}", [.workspace, .version, .scope])
        case .clearVolume: Entry(.post, "/v1/volumes/{name}/clear", [.workspace, .scope])
        case .exportVolume: Entry(.get, "/v1/volumes/{name}/archive", [.workspace, .version, .scope])
        case .importVolume: Entry(.post, "/v1/volumes/{name}/archive", [.workspace, .scope])
        case .usage: Entry(.get, "/v1/usage")
        case .prune: Entry(.post, "/v1/prune", for: .admins)
        }
    }
}
