package import Catalog
package import Model

/// A snapshot with the ways it is found and what stands on it.
package struct SnapshotDetails: Sendable, Hashable {
    package var snapshot: Snapshot
    /// The newest first; none for the result of an uncached step.
    package var records: [CacheRecord]
    package var children: [String]
    package var sizes: SnapshotSizes
    /// Why it can't be collected; nil if it can.
    package var holder: SnapshotHolder?
}

extension Engine {
    /// A page of snapshots, the newest first.
    package func snapshots(_ filter: SnapshotFilter) async throws(Failure) -> [Snapshot] {
        try await catalog.snapshots(filter)
    }

    /// - Throws: `not-found`, also for a snapshot of another scope.
    package func snapshot(_ id: String, in reach: Reach) async throws(Failure) -> SnapshotDetails {
        let snapshot = try await visibleSnapshot(id, in: reach)
        return SnapshotDetails(
            snapshot: snapshot, records: try await catalog.cacheRecords(of: id),
            children: try await catalog.children(of: id), sizes: try await catalog.sizes(of: id),
            holder: try await catalog.holder(of: id, users: snapshotUsers))
    }

    /// The snapshot for somebody who stands on it from now on, and holds it.
    func usedSnapshot(_ id: String, in reach: Reach) async throws(Failure) -> Snapshot {
        guard let seen = try await catalog.sighting(of: id), reach.includes(seen.snapshot.scope),
            let snapshot = try await catalog.use(id, at: now(), seen: seen)
        else { throw Self.noSnapshot(id) }
        return snapshot
    }

    func visibleSnapshot(_ id: String, in reach: Reach) async throws(Failure) -> Snapshot {
        guard let snapshot = try await catalog.snapshot(id), reach.includes(snapshot.scope) else {
            throw Self.noSnapshot(id)
        }
        return snapshot
    }

    private static func noSnapshot(_ id: String) -> Failure {
        Failure(.notFound, "there is no snapshot \(id)", fix: "list them with: varve snapshot list")
    }
}
