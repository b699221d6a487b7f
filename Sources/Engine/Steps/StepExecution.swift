import Model
import Synchronization

/// One execution of a step, and the runs that want its result.
///
/// The first participant tells of it (writes its start and its log into the run's events); when that one
/// leaves, the next is told to, from the beginning. When the last one leaves, the execution is stopped.
final class StepExecution: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var participants: [(id: Int, signals: AsyncStream<Signal>.Continuation)] = []
        var nextID = 0
        var log: ExecutionLog?
        var remains: StepRemains?
        var work: Task<Outcome, Never>?
        var outcome: Outcome?
        var isStopping = false
    }

    enum Signal: Sendable {
        /// The participant is to tell of the execution, whose log this is.
        case narrate(ExecutionLog, StepRemains)
        /// `remains` goes to the participant that told of the execution: to be taken away once it has put its end on record.
        case finished(Outcome, remains: StepRemains?)
    }

    /// What came of it.
    enum Outcome: Sendable {
        case ended(StepRunResult)
        case failed(Failure)
        /// There was nothing to execute: a snapshot had come up meanwhile.
        case superseded
    }

    /// Nil once the execution is stopping or over.
    func join() -> Participation? {
        state.withLock { state in
            guard !state.isStopping, state.outcome == nil else { return nil }
            return add(to: &state)
        }
    }

    /// One that nobody else joins.
    static func alone() -> (StepExecution, Participation) {
        let execution = StepExecution()
        return (execution, execution.joinFirst())
    }

    func joinFirst() -> Participation { state.withLock { add(to: &$0) } }

    /// Begins the work. It is cancelled when the last participant leaves.
    func start(
        log: ExecutionLog, remains: StepRemains, _ work: @escaping @Sendable () async -> Outcome
    ) {
        let (task, isStopping) = state.withLock { state in
            state.log = log
            state.remains = remains
            state.participants.first?.signals.yield(.narrate(log, remains))
            let task = Task { [self] in
                let outcome = await work()
                finish(outcome)
                return outcome
            }
            state.work = task
            return (task, state.isStopping)
        }
        if isStopping { task.cancel() }
    }

    /// Ends an execution that was never started.
    func settle(_ outcome: Outcome) { finish(outcome) }

    /// Takes a participant out, and waits for the end if it was the last one: then what remains is his to take away.
    func leave(_ participation: Participation) async -> StepRemains? {
        let (abandoned, remains) = state.withLock { state -> (Task<Outcome, Never>?, StepRemains?) in
            let wasNarrator = state.participants.first?.id == participation.id
            state.participants.removeAll { $0.id == participation.id }
            if let next = state.participants.first {
                if wasNarrator, let log = state.log, let remains = state.remains {
                    next.signals.yield(.narrate(log, remains))
                }
                return (nil, nil)
            }
            state.isStopping = true
            return (state.work, state.remains)
        }
        // Outside: handlers of a cancellation run at once, and may ask for the lock.
        abandoned?.cancel()
        _ = await abandoned?.value
        return remains
    }

    private func finish(_ outcome: Outcome) {
        let (participants, remains) = state.withLock { state in
            state.outcome = outcome
            defer { state.participants = [] }
            return (state.participants, state.remains)
        }
        for (index, participant) in participants.enumerated() {
            participant.signals.yield(.finished(outcome, remains: index == 0 ? remains : nil))
            participant.signals.finish()
        }
    }

    private func add(to state: inout State) -> Participation {
        let (stream, continuation) = AsyncStream.makeStream(of: Signal.self)
        state.nextID += 1
        state.participants.append((state.nextID, continuation))
        return Participation(id: state.nextID, signals: stream)
    }
}

/// One run's part in an execution.
struct Participation: Sendable {
    let id: Int
    let signals: AsyncStream<StepExecution.Signal>
}

/// How an executed step ended.
struct StepRunResult: Sendable {
    let status: StepStatus
    let exitCode: Int?
    let error: Failure?
    let milliseconds: Int64
    /// What it left; nil unless it passed.
    let snapshot: KeptSnapshot?
}

/// A snapshot that nobody removes while this lives.
struct KeptSnapshot: Sendable {
    let snapshot: Snapshot
    let hold: SnapshotHolds.Hold
}
