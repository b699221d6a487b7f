import Catalog
package import Model

extension Engine {
    /// Removes a snapshot, with its descendants if `recursive`; returns how many went.
    ///
    /// - Throws: `not-found`, `has-children`, `conflict` where one of them is pinned, or a run under way or a lease
    ///   stands on it; then all are left as they were.
    package func removeSnapshot(_ id: String, recursive: Bool, in reach: Reach) async throws(Failure) -> Int {
        _ = try await visibleSnapshot(id, in: reach)
        let removed = try await catalog.removeSnapshot(id, recursive: recursive, users: snapshotUsers)
        upkeep.request()
        return removed
    }

    /// Keeps a snapshot, and with it what it stands on, until it is unpinned; over a power cut soon after.
    ///
    /// - Throws: `not-found`, also for a snapshot of another scope.
    package func pinSnapshot(
        _ id: String, _ isPinned: Bool, in reach: Reach
    ) async throws(Failure) -> SnapshotDetails {
        _ = try await visibleSnapshot(id, in: reach)
        _ = try await catalog.pin(id, isPinned)
        if isPinned { durability.add([]) } else { upkeep.request() }
        return try await snapshot(id, in: reach)
    }

    /// What stands on snapshots in this life of the daemon, in words.
    var snapshotUsers: SnapshotUsers {
        { [snapshotHolds, liveRuns] in
            var users = Dictionary(
                snapshotHolds.held.map { ($0, "work that is under way") }, uniquingKeysWith: { one, _ in one }
            )
            for run in liveRuns.all {
                for snapshot in run.snapshotsInUse { users[snapshot] = "run \(run.id), which is under way," }
            }
            return users
        }
    }
}
