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
    /// Removes snapshots nobody needs, of all scopes, the least valuable first (`PruneRule`). What is pinned, leased
    /// or used by a run under way stays, and what it stands on.
    ///
    /// - Returns: what went, or would; the layers' directories are deleted in the background.
    package func prune(_ request: PruneRequest) async throws(Failure) -> [PrunedSnapshot] {
        let time = request.olderThan.map { now().adding(TimeSpan(milliseconds: -$0.milliseconds)) }
        let prunable = try await catalog.prunable(users: snapshotUsers)
        let chosen = PruneRule.choose(
            among: prunable.candidates, goal: request.keepBytes.map { .keeping(bytes: $0) } ?? .everything,
            usedBefore: time, at: now())
        guard !request.isDryRun else { return chosen.compactMap { prunable.snapshots[$0] } }
        let clock = ContinuousClock.now
        let removed = try await withUpkeepAwaited { () async throws(Failure) in try await remove(chosen) }
        let pruned = removed.compactMap { prunable.snapshots[$0] }
        guard !pruned.isEmpty else { return pruned }
        upkeep.request()
        metrics.collected(
            snapshots: pruned.count, bytes: pruned.reduce(0) { $0 + $1.bytes }, cause: "request",
            milliseconds: clock.duration(to: .now).wholeMilliseconds)
        return pruned
    }
}
