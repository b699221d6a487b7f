import Logging
import Model
import Sandbox

extension Engine {
    /// Writes an execution's output into a run's events, from its beginning to its end, as it comes.
    ///
    /// - Parameter told: what an earlier life of the daemon has told of it.
    func narrate(
        _ log: ExecutionLog, of step: StepKey, in run: LiveRun, after told: LogPosition = LogPosition()
    ) async {
        do {
            guard let (reader, mask) = try await log.reader() else { return }
            try await LogNarration(reader: reader, mask: mask, told: told) { [self] lines in
                tell(run, lines.map { .stepLog(step: step, line: $0.line) })
            }.run()
        } catch is CancellationError {
            return
        } catch {
            logger.error("a step's log can't be read", metadata: ["run": "\(run.id)", "error": "\(error)"])
            tell(
                run,
                [.warning(code: "log-incomplete", detail: "the log of step \(step) can't be read: \(error)")])
        }
    }
}
