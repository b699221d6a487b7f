import Catalog
import Layers
import Linux
import Logging
import Model
import Synchronization

/// A store at work: what images, workspaces, snapshots, volumes, runs, leases and shells can be asked to do.
///
/// One operation per file; each is a method in an extension. What this type holds is what they share: the
/// catalog (the one durable truth), the layer directories, the sandbox, and what is only known while the
/// daemon lives — runs under way, executions shared between them, images being pulled.
///
/// ```swift
/// let engine = try await Engine.open(configuration, logger: logger)   // recovers the store first
/// let run = try await engine.startRun(request, for: scope, outputs: nil)
/// let events = try await engine.events(of: run.id, after: 0, in: .scope(scope))
/// while let lines = try await events.next() { show(lines) }   // until the run's end
/// await engine.shutDown()   // ends every run; `handOver()` leaves them to the daemon's next life
/// await engine.close()      // when nobody asks any more
/// ```
package final class Engine: Sendable {
    private let settings: Mutex<EngineConfiguration>
    let store: Store
    let logger: Logger
    let numbers: LayerNumbers
    let revisions: RevisionCache
    let scans: ScanCaches
    let users = UserCache()
    let environmentKey: EnvironmentKey
    let durability: DurabilitySync
    let sandbox: StepSandbox
    let executions = SharedExecutions()
    let leftSteps = LeftSteps()
    let leftRuns = LeftRuns()
    let outputWork = OutputWork(OutputWork.Limits(underWay: 32, left: 4, patience: .seconds(5)))
    let commits = CommitGate()
    let liveRuns = LiveRuns()
    let pulls = SingleFlight<String, Image>()
    let stubs = SingleFlight<StubName, LayerID?>()
    /// One at a time of each workspace, and few enough of all.
    let workspaceTurns = KeyedTurns<Int64>()
    /// Of taking in directories; each takes two threads of `BlockingPool.shared`.
    let ingestTurns = ScopeTurns(limit: 16)
    /// Of comparing path patterns with revisions.
    let patternTurns = ScopeTurns(limit: 4)
    let holds = LayerHolds()
    let imageHolds = ImageHolds()
    let snapshotHolds = SnapshotHolds()
    let leases = LiveLeases()
    let shells = LiveShells()
    let upkeep = BackgroundRounds()
    let squashing = BackgroundRounds()
    let fingerprinting = BackgroundRounds()
    let squashTurns = KeyedTurns<String>()
    let volumeTurns = KeyedTurns<String>()
    /// Of commits of leases that take another's snapshot, by the step's identity.
    let adoptionTurns = KeyedTurns<Digest>()
    let metrics = EngineMetrics()
    let disk: DiskMonitor
    let roomSearch = RoomSearch()
    let upkeepTurns = KeyedTurns<SoleUpkeep>()
    let counts = ActivityCounts()
    let walks = SingleFlight<Int, ([LayerKind: Int64], StoreAmounts)>()

    /// Housekeeping that is never done twice at once.
    enum SoleUpkeep: Hashable, Sendable { case room, graveyard }

    init(store: Store, configuration: EngineConfiguration, logger: Logger) throws(Failure) {
        settings = Mutex(configuration)
        self.store = store
        self.logger = logger
        numbers = LayerNumbers(catalog: store.catalog)
        revisions = RevisionCache(store: store)
        scans = ScanCaches(store: store)
        environmentKey = EnvironmentKey(store.catalog.identity.environmentKey)
        disk = DiskMonitor(
            marks: configuration.disk, logger: logger,
            read: { countingStore async throws(Failure) in
                try await store.diskReading(countingStore: countingStore)
            },
            measure: { (number, enough) async throws(Failure) in
                try await store.written(active: number, enough: enough)
            })
        durability = DurabilitySync(logger: logger) { [fingerprinting] layers in
            try await store.makeDurable(layers)
            fingerprinting.request()
        }
        sandbox = try StepSandbox(configuration, store: store.catalog.identity, logger: logger)
    }

    /// A folder on the store's file system for what is on its way in, emptied at start.
    package var spoolPath: String { store.spoolPath }

    package var configuration: EngineConfiguration { settings.withLock { $0 } }

    /// Takes over those settings that can change while the engine works: they count from the next run, step or
    /// collection on.
    package func reload(_ configuration: EngineConfiguration) {
        settings.withLock { $0.takeOver(configuration) }
        disk.marks = configuration.disk
        upkeep.request()
    }

    /// 8 hex digits that name the store's mount points and control groups.
    package var storeID: String { catalog.identity.id }

    var catalog: Catalog { store.catalog }
    var layers: LayerStore { store.layers }

    func now() -> Timestamp { Timestamp(nanoseconds: SystemClock.realtime) }
}
