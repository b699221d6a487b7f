import Linux
import Model
import Sandbox
import Synchronization

/// A step that an earlier life of the daemon left running, or ended without its end being on record.
struct LeftStep: Sendable {
    let mark: StepMark
    let step: RunningStep
    /// For one that others may wait for: its place among the executions, taken before anyone can ask.
    let reserved: Participation?
    /// Nobody collects what it stands on before its run comes for it.
    let hold: LayerHolds.Hold
}

/// The steps of an earlier life of the daemon, until the runs that tell of them come for them.
final class LeftSteps: Sendable {
    private let steps = Mutex<[Key: LeftStep]>([:])

    private struct Key: Hashable, Sendable {
        let run: String
        let step: StepKey
    }

    func add(_ left: LeftStep) {
        steps.withLock { $0[Key(run: left.mark.narrator, step: left.mark.step)] = left }
    }

    /// Runs whose directories have their logs; they may have ended.
    var runs: Set<String> { steps.withLock { Set($0.values.map(\.mark.run)) } }

    /// The step, for whom it is; once.
    func take(_ step: StepKey, of run: String) -> LeftStep? {
        steps.withLock { $0.removeValue(forKey: Key(run: run, step: step)) }
    }

    /// What a run did not come for.
    ///
    /// - Parameter wanted: those it will come for.
    func takeAll(of run: String, except wanted: Set<StepKey> = []) -> [LeftStep] {
        steps.withLock { steps in
            let keys = steps.keys.filter { $0.run == run && !wanted.contains($0.step) }
            return keys.compactMap { steps.removeValue(forKey: $0) }
        }
    }
}
