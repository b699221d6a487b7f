package import Catalog
package import Model

/// A snapshot with the ways it is found and what stands on it.
package struct SnapshotDetails: Sendable, Hashable {
    package var snapshot: Snapshot
    /// The newest first; none for the result of an uncached step.
    package var records: [CacheRecord]
    package var children: [String]
}

extension Engine {
    /// A page of snapshots, the newest first.
    package func snapshots(_ filter: SnapshotFilter) async throws(Failure) -> [Snapshot] {
        try await catalog.snapshots(filter)
    }

    /// - Throws: `not-found`, also for a snapshot of another scope.
    package func snapshot(_ id: String, in scope: Scope?) async throws(Failure) -> SnapshotDetails {
        let snapshot = try await visibleSnapshot(id, in: scope)
        return SnapshotDetails(
            snapshot: snapshot, records: try await catalog.records(of: id),
            children: try await catalog.children(of: id))
    }

    func visibleSnapshot(_ id: String, in scope: Scope?) async throws(Failure) -> Snapshot {
        guard let snapshot = try await catalog.snapshot(id), scope == nil || snapshot.scope == scope else {
            throw Failure(.notFound, "there is no snapshot \(id)", fix: "list them with: varve snapshot list")
        }
        return snapshot
    }

    /// Removes a snapshot, with its descendants if `recursive`; returns how many went.
    ///
    /// - Throws: `not-found`, `has-children`, `conflict` for one that a run under way or a
    ///   lease stands on.
    package func removeSnapshot(_ id: String, recursive: Bool, in scope: Scope?) async throws(Failure) -> Int
    {
        _ = try await visibleSnapshot(id, in: scope)
        if let run = liveRuns.all.first(where: { $0.snapshotsInUse.contains(id) }) {
            throw Failure(
                .conflict, "run \(run.id), which is under way, stands on snapshot \(id)",
                fix: "wait for the run to end, or cancel it")
        }
        if let lease = try await catalog.liveLeases().first(where: { $0.step?.parent == id }) {
            throw Failure(
                .conflict, "lease \(lease.id) stands on snapshot \(id)",
                fix: "commit or discard the lease, or wait until it expires")
        }
        let removed = try await catalog.removeSnapshot(id, recursive: recursive)
        upkeep.request()
        return removed
    }
}
