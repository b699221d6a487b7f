import Catalog
import Linux
import Logging
import Model

extension Engine {
    /// Forgets ended runs and deletes their events, the oldest first: all but the newest `keep`, and those that a
    /// snapshot came from.
    ///
    /// - Returns: how many.
    func dropRuns(
        keep: Int, endedBefore time: Timestamp, atMost limit: Int = .max
    ) async throws(Failure) -> Int {
        // Left ones first: from there they go among the executions.
        let inUse = leftSteps.runs.union(executions.runs)
        let dropped = try await catalog.dropOldRuns(
            keep: keep, endedBefore: time, inUse: inUse, atMost: limit)
        for run in dropped {
            do {
                try await onBlockingThread { [store] in try store.removeRunDirectory(run) }
            } catch {
                logger.warning(
                    "the events of a forgotten run stay until the next start",
                    metadata: ["run": "\(run)", "error": "\(error)"])
            }
        }
        return dropped.count
    }
}
