import Model
import Synchronization

/// One execution of a step, and the runs that want its result.
///
/// The first participant tells of it (writes its start and its log into the run's events), and takes its
/// result as it is. When that one leaves, another on the same terms is told to, from the beginning. When
/// nobody is left who may, the execution is stopped: whoever has other terms looks again, and begins
/// anew.
final class StepExecution: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var participants: [Participant] = []
        var lastID = 0
        /// Who tells of it, also after having left as the last one.
        var narrator: Int?
        /// Nil before it was started.
        var terms: StepTerms?
        var log: ExecutionLog?
        var remains: StepRemains?
        var work: Task<Outcome, Never>?
        var outcome: Outcome?
        var isStopping = false
    }

    private struct Participant: Sendable {
        let id: Int
        /// Nil for the first, whose execution it is.
        let terms: StepTerms?
        let signals: AsyncStream<Signal>.Continuation

        func finish(_ outcome: Outcome, remains: StepRemains? = nil) {
            signals.yield(.finished(outcome, remains: remains))
            signals.finish()
        }
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
        /// It serves nobody: a snapshot had come up meanwhile, or those for whom it ran have left.
        case superseded
    }

    /// Nil once the execution is stopping or over.
    ///
    /// - Parameter terms: those the run would execute its step on.
    func join(on terms: StepTerms) -> Participation? {
        state.withLock { state in
            guard !state.isStopping, state.outcome == nil else { return nil }
            return add(to: &state, on: terms)
        }
    }

    /// One that nobody else joins.
    static func alone() -> Participation { StepExecution().joinFirst() }

    /// As the one that tells of it, and whose terms `start` is given.
    func joinFirst() -> Participation {
        state.withLock { state in
            let participation = add(to: &state, on: nil)
            state.narrator = participation.id
            return participation
        }
    }

    /// Begins the work. It is cancelled when nobody is left who may tell of it.
    func start(
        on terms: StepTerms, log: ExecutionLog, remains: StepRemains,
        _ work: @escaping @Sendable () async -> Outcome
    ) {
        let (task, isStopping) = state.withLock { state in
            state.terms = terms
            state.log = log
            state.remains = remains
            let narrator = state.narrator
            state.participants.first { $0.id == narrator }?.signals.yield(.narrate(log, remains))
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

    /// The run in whose directory it has its log; nil before it was started.
    var run: String? { state.withLock { $0.remains?.run } }

    fileprivate func leave(_ participation: Participation) async -> StepRemains? {
        let (abandoned, remains, others) = state.withLock {
            state -> (Task<Outcome, Never>?, StepRemains?, [Participant]) in
            state.participants.removeAll { $0.id == participation.id }
            guard state.narrator == participation.id else { return (nil, nil, []) }
            if let terms = state.terms, let next = state.participants.first(where: { $0.terms == terms }) {
                state.narrator = next.id
                if let log = state.log, let remains = state.remains {
                    next.signals.yield(.narrate(log, remains))
                }
                return (nil, nil, [])
            }
            state.isStopping = true
            defer { state.participants = [] }
            return (state.work, state.remains, state.participants)
        }
        // At once: they need not wait for the end of what is of no use to them, and nobody joins it any more.
        for other in others { other.finish(.superseded) }
        // Outside: handlers of a cancellation run at once, and may ask for the lock.
        abandoned?.cancel()
        _ = await abandoned?.value
        return remains
    }

    private func finish(_ outcome: Outcome) {
        let (participants, narrator, remains) = state.withLock { state in
            state.outcome = outcome
            defer { state.participants = [] }
            return (state.participants, state.narrator, state.remains)
        }
        for participant in participants {
            participant.finish(outcome, remains: participant.id == narrator ? remains : nil)
        }
    }

    private func add(to state: inout State, on terms: StepTerms?) -> Participation {
        let (stream, continuation) = AsyncStream.makeStream(of: Signal.self)
        state.lastID += 1
        state.participants.append(Participant(id: state.lastID, terms: terms, signals: continuation))
        return Participation(id: state.lastID, execution: self, signals: stream)
    }
}

/// One run's part in an execution.
struct Participation: Sendable {
    let id: Int
    let execution: StepExecution
    let signals: AsyncStream<StepExecution.Signal>

    /// Takes the run out, and waits for the execution's end if nobody is left to tell of it: then what remains is the run's to
    /// take away.
    func leave() async -> StepRemains? { await execution.leave(self) }
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
