import Model
import Synchronization

/// Executions under way, by the identity they make a snapshot for: whoever wants one that is under way waits
/// for it.
final class SharedExecutions: Sendable {
    private let running = Mutex<[Digest: StepExecution]>([:])

    enum Turn: Sendable {
        /// The caller is the first: it starts the execution, or settles it.
        case lead(Participation)
        case follow(Participation)
    }

    /// - Parameter terms: as for `StepExecution.join(on:)`.
    func join(_ identity: Digest, on terms: StepTerms) -> Turn {
        running.withLock { running in
            if let execution = running[identity], let participation = execution.join(on: terms) {
                return .follow(participation)
            }
            let participation = StepExecution().joinFirst()
            running[identity] = participation.execution
            return .lead(participation)
        }
    }

    /// Takes the place of an execution that an earlier life of the daemon began, for the run that tells of it: whoever
    /// else wants the result waits. Nil if the place is taken.
    func reserve(_ identity: Digest) -> Participation? {
        running.withLock { running in
            guard running[identity] == nil else { return nil }
            let participation = StepExecution().joinFirst()
            running[identity] = participation.execution
            return participation
        }
    }

    /// Runs whose directories have logs of executions under way; they may have ended.
    var runs: Set<String> { running.withLock { Set($0.values.compactMap(\.run)) } }

    /// Nobody joins the execution any more.
    func remove(_ identity: Digest, _ execution: StepExecution) {
        running.withLock { running in
            if running[identity] === execution { running[identity] = nil }
        }
    }
}
