import API

/// Who sends a request, and about whose things: those of the user Ann.
enum AccessKind: String, CaseIterable, Sendable {
    /// Ann herself.
    case own
    /// Another user, who names Ann's things without saying whose they are.
    case another = "another's"
    /// Another user, with `scope=` Ann's.
    case naming = "naming another's scope"
    /// An admin who names no scope.
    case admin = "admin"
    /// An admin, with `scope=` Ann's.
    case adminNaming = "admin naming the scope"
    /// Root, through a socket that is bound to Ann's scope.
    case bound = "socket bound to the scope"
    /// Root, through a socket that is bound to another scope.
    case boundElsewhere = "socket bound to another"
}

/// The one table of who may do what; `docs/access.md` shows it, and `AccessTests` asks a daemon.
enum AccessTable {
    /// The status of the answer, for every kind in the order of the enumeration.
    static func statuses(of endpoint: Endpoint) -> [Int] {
        switch endpoint {
        // Everybody's alike; there is no scope to name.
        case .info, .health, .metrics, .usage: [200, 200, 400, 200, 400, 200, 200]
        // Lists show the caller's own, and what an admin names.
        case .listImages, .listWorkspaces, .listRuns, .listSnapshots, .listVolumes:
            [200, 200, 403, 200, 200, 200, 200]
        // Made in the caller's own scope, whatever others have under the name; images of admins in the shared one.
        case .importImage, .createRevision, .importVolume: [201, 201, 403, 201, 201, 201, 201]
        // Found by name: in the scope that is meant, also for an admin.
        case .image, .listRevisions, .volume, .clearVolume, .exportVolume:
            [200, 404, 403, 404, 200, 200, 404]
        case .deleteImage, .deleteRevision, .deleteWorkspace, .deleteVolume:
            [204, 404, 403, 404, 204, 204, 404]
        // On a workspace of that scope: 422 `workspace-missing`.
        case .plan, .explain: [200, 422, 403, 422, 200, 200, 422]
        case .createRun: [201, 422, 403, 422, 201, 201, 422]
        // Found by identifier: an admin need not say whose it is.
        case .run, .runEvents, .snapshot, .pinSnapshot, .unpinSnapshot, .snapshotChanges, .snapshotFiles:
            [200, 404, 403, 200, 200, 200, 404]
        case .cancelRun: [202, 404, 403, 202, 202, 202, 404]
        case .deleteSnapshot: [204, 404, 403, 204, 204, 204, 404]
        case .openShell: [101, 404, 403, 101, 101, 101, 404]
        // For admins alone.
        case .prepareLease: [403, 403, 403, 201, 201, 403, 403]
        case .listLeases, .lease, .renewLease, .commitLease: [403, 403, 403, 200, 200, 403, 403]
        case .discardLease: [403, 403, 403, 204, 204, 403, 403]
        case .prune: [403, 403, 400, 200, 400, 403, 403]
        }
    }

    /// The endpoint's row in the document.
    static func row(of endpoint: Endpoint) -> String {
        let cells = statuses(of: endpoint).map { " \($0) |" }.joined()
        return "| `\(endpoint.method.rawValue) \(endpoint.template)` |\(cells)"
    }
}
