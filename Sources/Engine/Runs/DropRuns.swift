import Catalog
import Linux
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
        do {
            try await onBlockingThread { [store] in
                for run in dropped { try store.removeRunDirectory(run) }
            }
        } catch {
            throw Failure.wrapping(error, to: "delete the events of old runs")
        }
        return dropped.count
    }
}
