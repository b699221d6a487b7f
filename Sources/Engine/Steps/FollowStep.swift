import Layers
import Linux
import Logging
import Model
import Sandbox

/// A step whose command runs, or has ended, and its tree, which is given back then.
struct StartedStep: Sendable {
    let step: RunningStep
    /// Nil where an earlier life of the daemon has taken it away.
    var tree: Parcel<MountedStep>?
}

extension Engine {
    /// Follows a step that was started to its end, whoever started it.
    ///
    /// When the task is cancelled the step is asked to end, and the report is of that end. A step that can't be
    /// followed is ended, and its tree given up, before this throws.
    func report(
        of started: StartedStep, _ mark: StepMark, _ watch: StepDiskWatch, to log: ExecutionLog
    ) async throws -> StepReport {
        let report: StepReport
        do {
            try log.begin(started.step, hiding: mark.secrets ?? [])
            report = try await withTaskCancellationHandler {
                try await started.step.wait()
            } onCancel: {
                started.step.stop()
            }
        } catch {
            let failure = Task.isCancelled ? nil : await diskFailure(of: watch, passed: false)
            await abandon(started)
            throw failure ?? error
        }
        log.end()
        return report
    }

    /// Ends a step that can't be followed to its end, so that nothing of it runs on in what is cleaned away.
    func abandon(_ started: StartedStep) async {
        started.step.stop(grace: TimeSpan(seconds: 0))
        _ = try? await started.step.wait()
        await giveUp(started)
    }

    /// Takes away what a step that has ended wrote, as far as it is still there.
    func giveUp(_ started: StartedStep) async {
        guard let tree = started.tree else { return }
        do {
            try await discard(tree)
        } catch {
            logger.warning(
                "what a step wrote stays behind",
                metadata: ["step": "\(started.step.id)", "error": "\(error)"])
        }
    }

    func discard(_ tree: Parcel<MountedStep>) async throws {
        try await onBlockingThread {
            guard let mounted = tree.open() else { return }
            try mounted.released(timeout: StepGround.patience).quiet().discard()
        }
    }
}
