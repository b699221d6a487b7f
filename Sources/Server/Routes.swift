import API
import Engine
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model

/// What answers each endpoint.
struct Routes: Sendable {
    private let images: ImageRoutes
    private let workspaces: WorkspaceRoutes
    private let runs: RunRoutes
    private let snapshots: SnapshotRoutes
    private let leases: LeaseRoutes
    private let shells: ShellRoutes
    private let volumes: VolumeRoutes
    private let upkeep: UpkeepRoutes

    init(engine: Engine, metrics: PrometheusRegistry?, ledger: ConnectionLedger) {
        let idempotency = IdempotentRequests(engine: engine)
        images = ImageRoutes(engine: engine, idempotency: idempotency)
        workspaces = WorkspaceRoutes(engine: engine, idempotency: idempotency)
        runs = RunRoutes(engine: engine, idempotency: idempotency)
        snapshots = SnapshotRoutes(engine: engine)
        leases = LeaseRoutes(engine: engine, idempotency: idempotency)
        shells = ShellRoutes(engine: engine)
        volumes = VolumeRoutes(engine: engine, idempotency: idempotency)
        upkeep = UpkeepRoutes(engine: engine, metrics: metrics, ledger: ledger)
    }

    /// The router with every endpoint there is.
    func responder() -> some HTTPResponder<CallContext> {
        let router = Router(context: CallContext.self)
        router.add(middleware: RequestMetrics())
        router.add(middleware: ProblemMiddleware())
        for endpoint in Endpoint.allCases {
            let handle = handler(of: endpoint)
            router.on(RouterPath(endpoint.template), method: endpoint.method.http) { request, context in
                try await handle(try Call(endpoint, request, context))
            }
        }
        return router.buildResponder()
    }

    private typealias Handler = @Sendable (Call) async throws -> Response

    private func handler(of endpoint: Endpoint) -> Handler {
        switch endpoint {
        case .info: upkeep.info
        case .health: upkeep.health
        case .metrics: upkeep.metrics
        case .usage: upkeep.usage
        case .prune: upkeep.prune
        case .importImage: images.create
        case .listImages: images.list
        case .image: images.get
        case .deleteImage: images.delete
        case .createRevision: workspaces.createRevision
        case .listRevisions: workspaces.listRevisions
        case .deleteRevision: workspaces.deleteRevision
        case .listWorkspaces: workspaces.list
        case .deleteWorkspace: workspaces.delete
        case .plan: runs.plan
        case .explain: runs.explain
        case .createRun: runs.create
        case .listRuns: runs.list
        case .run: runs.get
        case .runEvents: runs.events
        case .cancelRun: runs.cancel
        case .listSnapshots: snapshots.list
        case .snapshot: snapshots.get
        case .deleteSnapshot: snapshots.delete
        case .pinSnapshot: snapshots.pin
        case .unpinSnapshot: snapshots.unpin
        case .snapshotChanges: snapshots.changes
        case .snapshotFiles: snapshots.files
        case .prepareLease: leases.prepare
        case .listLeases: leases.list
        case .lease: leases.get
        case .renewLease: leases.renew
        case .commitLease: leases.commit
        case .discardLease: leases.discard
        case .openShell: shells.open
        case .listVolumes: volumes.list
        case .volume: volumes.get
        case .deleteVolume: volumes.delete
        case .clearVolume: volumes.clear
        case .exportVolume: volumes.export
        case .importVolume: volumes.create
        }
    }
}

extension Endpoint.Method {
    fileprivate var http: HTTPRequest.Method {
        switch self {
        case .get: .get
        case .post: .post
        case .delete: .delete
        }
    }
}
