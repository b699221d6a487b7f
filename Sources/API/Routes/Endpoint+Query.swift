extension Endpoint {
    /// The query parameters the endpoint takes.
    ///
    /// `scope` wherever things belong to someone: admins name with it whose are meant.
    package var queryParameters: Set<Query.Name> {
        switch self {
        case .importImage: [.name, .scope]
        case .runEvents: [.after, .follow, .step, .scope]
        case .listRuns: [.workspace, .status, .limit, .cursor, .scope]
        case .listSnapshots: [.workspace, .step, .identity, .limit, .cursor, .scope]
        case .listImages, .listWorkspaces, .listRevisions, .snapshotChanges, .listLeases:
            [.limit, .cursor, .scope]
        case .discardLease: [.force, .scope]
        case .deleteSnapshot: [.recursive, .scope]
        case .snapshotFiles: [.path, .revision, .view, .scope]
        case .image, .deleteImage, .createRevision, .deleteRevision, .deleteWorkspace, .plan, .explain,
            .createRun, .run, .cancelRun, .snapshot, .pinSnapshot, .unpinSnapshot, .prepareLease, .lease,
            .renewLease, .commitLease, .openShell:
            [.scope]
        case .listVolumes: [.workspace, .limit, .cursor, .scope]
        case .volume, .clearVolume, .importVolume: [.workspace, .scope]
        case .deleteVolume, .exportVolume: [.workspace, .version, .scope]
        case .info, .health, .metrics, .usage, .prune: []
        }
    }

    /// Whether the endpoint takes `label.NAME=VALUE` besides, for any name.
    package var takesLabels: Bool { self == .listSnapshots }

    /// Items in a part of a list when the request names no `limit`, and at most.
    package static let pageLimit: (usual: Int64, most: Int64) = (100, 1000)
}
