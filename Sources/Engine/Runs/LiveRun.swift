import Linux
import Model
import Synchronization

/// A run under way: its frozen request, its journal, and how to end it.
final class LiveRun: Sendable {
    let id: String
    let frozen: FrozenRun
    let journal: RunJournal
    /// Where `outputs` go; nil if the caller named no directory.
    let outputs: Outputs?
    let requestFolder: RunRequestFolder
    /// What an earlier life of the daemon has told of it.
    let history: RunHistory
    /// Images whose names are being looked up or pulled.
    let resolutions = SingleFlight<ResourceName, Image>()
    private let state: Mutex<State>

    private struct State: Sendable {
        var results: [StepKey: StepResult] = [:]
        var ending: Ending?
        var task: Task<Void, Never>?
        var isGivenUp = false
        /// For the beginning, or for the end of all hope of one.
        var waiting: [CheckedContinuation<Void, Never>] = []
        var cleaning: [Task<Void, Never>] = []
        var earlierEnds: [(StepKey, StepStatus)] = []
        var holds: [LayerHolds.Hold] = []
        var snapshots: [SnapshotHolds.Hold] = []
        var images: [ResourceName: (image: Image, hold: ImageHolds.Hold)] = [:]
        var outcome: RunRecord?

        mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
            defer { waiting = [] }
            return waiting
        }
    }

    /// Why a run is ended before its time; the first one counts.
    enum Ending: Sendable, Hashable {
        case requested, abandoned, timedOut, shutDown
        /// The run can't go on, whatever its steps do.
        case failed(Failure)
    }

    /// The caller's directory for outputs.
    enum Outputs: Sendable {
        case open(OutputDirectory)
        /// By a later life of the daemon, which does not wait for it; nil where the caller can't be reached any more.
        case reopening(Task<OutputDirectory?, Never>)
    }

    init(
        id: String, frozen: FrozenRun, requestFolder: RunRequestFolder, journal: RunJournal,
        outputs: Outputs?,
        history: RunHistory = RunHistory()
    ) {
        self.id = id
        self.frozen = frozen
        self.requestFolder = requestFolder
        self.journal = journal
        self.outputs = outputs
        self.history = history
        state = Mutex(
            State(
                earlierEnds: history.ended.compactMap { key in
                    history.steps[key]?.status.map { (key, $0) }
                }))
    }

    /// What a step left, for those that build on it.
    struct StepResult: Sendable {
        let snapshot: Snapshot
        let wasExecuted: Bool
    }

    subscript(result key: StepKey) -> StepResult? {
        get { state.withLock { $0.results[key] } }
        set { state.withLock { $0.results[key] = newValue } }
    }

    /// How steps ended in an earlier life of the daemon, in their order.
    var earlierEnds: [(StepKey, StepStatus)] {
        get { state.withLock { $0.earlierEnds } }
        set { state.withLock { $0.earlierEnds = newValue } }
    }

    /// Does something that the run's end waits for, and nothing else.
    func cleanUp(_ work: @escaping @Sendable () async -> Void) {
        state.withLock { $0.cleaning.append(Task { await work() }) }
    }

    /// Waits for all that was to be cleaned up.
    func cleanedUp() async {
        while true {
            let cleaning = state.withLock { state in
                defer { state.cleaning = [] }
                return state.cleaning
            }
            if cleaning.isEmpty { return }
            for task in cleaning { await task.value }
        }
    }

    /// Keeps layers on disk until the run is over.
    func keep(_ hold: LayerHolds.Hold) { state.withLock { $0.holds.append(hold) } }

    /// Keeps a snapshot that the run stands on until it is over.
    func keep(_ hold: SnapshotHolds.Hold) { state.withLock { $0.snapshots.append(hold) } }

    /// What a name of an image stands for in this run; nil before it was first wanted.
    subscript(image name: ResourceName) -> Image? { state.withLock { $0.images[name]?.image } }

    /// Lets a name stand for an image, and keeps that in the store, until the run is over.
    func keep(_ image: Image, as name: ResourceName, _ hold: ImageHolds.Hold) {
        state.withLock { $0.images[name] = (image, hold) }
    }

    var imageDigests: [String: Digest] {
        state.withLock { state in
            state.images.reduce(into: [:]) { $0[$1.key.text] = $1.value.image.digest }
        }
    }

    /// Lets go of what was kept until the run is over.
    func letGo() {
        state.withLock { state in
            state.results = [:]
            state.holds = []
            state.snapshots = []
            state.images = [:]
        }
    }

    /// What becomes of it, once that is told and until it is in the catalog: who has heard of the end and asks finds it.
    var outcome: RunRecord? {
        get { state.withLock { $0.outcome } }
        set { state.withLock { $0.outcome = newValue } }
    }

    var snapshotsInUse: [String] { state.withLock { $0.results.values.map(\.snapshot.id) } }

    var ending: Ending? { state.withLock { $0.ending } }

    /// Begins the run's work; an ending asked for before cancels it at once.
    func begin(_ work: @escaping @Sendable () async -> Void) {
        let (task, isEnded, waiting) = state.withLock { state in
            let task = Task { await work() }
            state.task = task
            return (task, state.ending != nil, state.takeWaiting())
        }
        if isEnded { task.cancel() }
        for continuation in waiting { continuation.resume() }
    }

    /// It never begins.
    func giveUp() {
        let waiting = state.withLock { state in
            state.isGivenUp = true
            return state.takeWaiting()
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Asks the run to end; it is over when `finished` returns.
    func end(_ ending: Ending) {
        let task = state.withLock { state in
            if state.ending == nil { state.ending = ending }
            return state.task
        }
        // Outside: handlers of a cancellation run at once, and may ask for the lock.
        task?.cancel()
    }

    /// Returns when it is over, also one that is about to begin.
    func finished() async {
        await withCheckedContinuation { continuation in
            let isDecided = state.withLock { state in
                let isDecided = state.task != nil || state.isGivenUp
                if !isDecided { state.waiting.append(continuation) }
                return isDecided
            }
            if isDecided { continuation.resume() }
        }
        await state.withLock { $0.task }?.value
    }
}

extension LiveRun.Ending {
    /// How a step that was under way is said to have ended.
    var stepStatus: StepStatus {
        switch self {
        case .requested, .abandoned: .cancelled
        case .timedOut: .timedOut
        case .shutDown, .failed: .error
        }
    }

    var failure: Failure {
        switch self {
        case .requested:
            Failure(.cancelled, "the run was cancelled", fix: "start it again when you want it")
        case .abandoned:
            Failure(
                .cancelled, "the run's client went away and did not come back in time",
                fix: "start it with --detach to let it go on")
        case .timedOut:
            Failure(
                .timedOut, "the run's timeout passed",
                fix: "raise the timeout, or find what hangs with --logs")
        case .shutDown:
            Failure(.shuttingDown, "the daemon is stopping", fix: "start the run again when it is back")
        case .failed(let failure): failure
        }
    }
}
