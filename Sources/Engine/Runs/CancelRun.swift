import Linux
import Logging
package import Model

extension Engine {
    /// Asks a run to end. Returns at once; its last event says when everything of it is gone. Repeating it
    /// changes nothing.
    ///
    /// - Throws: `not-found` for a run that is not in `reach`.
    package func cancelRun(_ id: String, in reach: Reach) async throws(Failure) {
        _ = try await run(id, in: reach)
        if let run = liveRuns[id] { await end(run, because: .requested) }
    }

    /// Ends a run, and has it stay ended if the daemon goes away before that is done.
    func end(_ run: LiveRun, because reason: KeptRunEnding) async {
        do {
            try await onBlockingThread { try run.requestFolder.note(reason) }
        } catch {
            logger.warning(
                "a restart of the daemon would not know of a run's end",
                metadata: ["run": "\(run.id)", "error": "\(error)"])
        }
        run.end(reason.ending)
    }
}
