import Linux
import Model
import Synchronization

/// One step of one run on its way to an end, and what may end it before: its own timeout, and the end of the
/// run.
final class StepAttempt: Sendable {
    let step: StepSpecification
    let run: LiveRun
    private let state = Mutex(State())

    private struct State: Sendable {
        var progress = Progress()
        var hasTimedOut = false
    }

    /// What has become known on the way.
    struct Progress: Sendable {
        /// Why it is no hit; nil for a hit.
        var reason: MissReason?
        /// Whether this run has told of the step's start.
        var hasNarrated = false
        /// What is to be taken away once the end is on record.
        var remains: StepRemains?
    }

    init(step: StepSpecification, run: LiveRun) {
        self.step = step
        self.run = run
    }

    var progress: Progress {
        get { state.withLock { $0.progress } }
        set { state.withLock { $0.progress = newValue } }
    }

    /// Runs `body`, and cancels it when the step's timeout passes or the run ends.
    func withinTimeout(
        _ body: @escaping @Sendable () async throws(Failure) -> StepEnd
    ) async throws(Failure) -> StepEnd {
        let work = Task { () -> Result<StepEnd, Failure> in
            do throws(Failure) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        let spent = run.history.steps[step.key]?.started.map { started in
            Duration.nanoseconds(max(0, SystemClock.realtime - started.nanoseconds))
        }
        let timer = step.timeout.map { timeout in
            Task { [self] in
                let left = max(.zero, timeout.duration - (spent ?? .zero))
                guard (try? await Task.sleep(for: left)) != nil else { return }
                state.withLock { $0.hasTimedOut = true }
                work.cancel()
            }
        }
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }.get()
    }

    /// The step's end, when `failure` is why it did not come to one of its own.
    func end(because failure: Failure) -> StepEnd {
        if state.withLock({ $0.hasTimedOut }) {
            let limit = step.timeout?.description ?? "?"
            return StepEnd(
                step: step.key, status: .timedOut,
                error: Failure(
                    .timedOut, "step \(step.key) did not end within \(limit)",
                    fix: "raise its timeout, or find what hangs with --logs"))
        }
        if let ending = run.ending {
            return StepEnd(step: step.key, status: ending.stepStatus, error: ending.failure)
        }
        return StepEnd(step: step.key, status: .error, error: failure)
    }
}
