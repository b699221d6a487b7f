package import Catalog
package import Model

/// Which snapshots are to go.
package struct PruneRequest: Sendable, Hashable {
    /// Says what would go, and removes nothing.
    package var isDryRun: Bool
    /// As much may stay; nil for no more than must.
    package var keepBytes: Int64?
    /// Only what was unused for longer goes; nil for everything.
    package var olderThan: TimeSpan?

    package init(isDryRun: Bool, keepBytes: Int64?, olderThan: TimeSpan?) {
        self.isDryRun = isDryRun
        self.keepBytes = keepBytes
        self.olderThan = olderThan
    }
}

extension Engine {
    /// Removes snapshots nobody needs, of all scopes, those unused for the longest time first. What is pinned, leased
    /// or used by a run under way stays, and what it stands on.
    ///
    /// - Returns: what went, or would; the layers' directories are deleted in the background.
    package func prune(_ request: PruneRequest) async throws(Failure) -> [PrunedSnapshot] {
        let time = request.olderThan.map { now().adding(TimeSpan(milliseconds: -$0.milliseconds)) }
        let pruned = try await catalog.prune(
            keepBytes: request.keepBytes, usedBefore: time, dryRun: request.isDryRun, users: snapshotUsers)
        if !request.isDryRun, !pruned.isEmpty { upkeep.request() }
        return pruned
    }
}
