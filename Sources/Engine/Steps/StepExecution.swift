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
        var work: Task<Outcome, Never>?
        var outcome: Outcome?
        var isStopping = false
    }

    enum Signal: Sendable {
        /// The participant is to tell of the execution, whose log this is.
        case narrate(ExecutionLog)
        case finished(Outcome)
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

    func joinFirst() -> Participation { state.withLock { add(to: &$0) } }

    /// Begins the work. It is cancelled when the last participant leaves.
    func start(log: ExecutionLog, _ work: @escaping @Sendable () async -> Outcome) {
        let (task, isStopping) = state.withLock { state in
            state.log = log
            state.participants.first?.signals.yield(.narrate(log))
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

    /// Takes a participant out, and waits for the clean-up if it was the last one.
    func leave(_ participation: Participation) async {
        let abandoned = state.withLock { state -> Task<Outcome, Never>? in
            let wasNarrator = state.participants.first?.id == participation.id
            state.participants.removeAll { $0.id == participation.id }
            if let next = state.participants.first {
                if wasNarrator, let log = state.log { next.signals.yield(.narrate(log)) }
                return nil
            }
            state.isStopping = true
            return state.work
        }
        // Outside: handlers of a cancellation run at once, and may ask for the lock.
        abandoned?.cancel()
        _ = await abandoned?.value
    }

    private func finish(_ outcome: Outcome) {
        let participants = state.withLock { state in
            state.outcome = outcome
            defer { state.participants = [] }
            return state.participants
        }
        for participant in participants {
            participant.signals.yield(.finished(outcome))
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
