import GRDB
package import Model

/// Who stands on snapshots besides leases, in words, by snapshot: asked for inside the transaction that removes,
/// so that whoever takes a hold and then finds the snapshot by `use` keeps it.
package typealias SnapshotUsers = @Sendable () -> [String: String]

/// A snapshot that was pruned, or would be.
package struct PrunedSnapshot: Sendable, Hashable {
    package var id: String
    package var scope: Scope
    package var workspace: String?
    package var step: StepKey
    package var used: Timestamp
    /// What goes with it and belongs to nothing else.
    package var bytes: Int64
}

/// All snapshots, for a choice among them.
package struct PrunableSnapshots: Sendable {
    package var candidates: [PruneRule.Candidate] = []
    package var snapshots: [String: PrunedSnapshot] = [:]
}

/// What has gone of the catalog.
package struct RemovedSnapshots: Sendable, Hashable {
    package var ids: [String] = []
    /// Whose rows are gone, and whose directories may go.
    package var layers: [LayerID] = []
}

/// Why a snapshot stays.
package struct SnapshotHolder: Sendable, Hashable {
    /// As one clause: `snapshot X is pinned`.
    package var reason: String
    /// From the snapshot up to the one the reason is about, each standing on the one before.
    package var chain: [String]
}

extension Catalog {
    /// Removes snapshots, descendants first, and returns how many went. Their layers become unreferenced.
    ///
    /// - Throws: `has-children` unless `recursive`; `not-found`; `conflict` when one of them is pinned or in use, and
    ///   then none has gone.
    package func removeSnapshot(
        _ id: String, recursive: Bool, users: @escaping SnapshotUsers
    ) async throws(Failure) -> Int {
        removals.begin()
        defer { removals.end() }
        return try await write("removing snapshot \(id)") { database in
            let family = try Catalog.family(of: id, database)
            guard !family.isEmpty else {
                throw Failure(
                    .notFound, "there is no snapshot \(id)", fix: "list them with: varve snapshot list")
            }
            guard recursive || family.count == 1 else {
                throw Failure(
                    .hasChildren, "snapshot \(id) has \(family.count - 1) descendants",
                    fix: "remove them first, or all of them at once with --recursive")
            }
            try Catalog.requireFree(family, users: users(), database)
            try Catalog.delete(family.reversed(), database)
            return family.count
        }
    }

    /// Every snapshot as the rule of pruning sees it, those kept that are pinned, leased or in use.
    ///
    /// What is said here may have changed by the time something is removed: `removeUnused` looks again.
    package func prunable(users: @escaping SnapshotUsers) async throws(Failure) -> PrunableSnapshots {
        try await read("looking for snapshots that may go") { database in
            let users = try Catalog.allUsers(users, database)
            var prunable = PrunableSnapshots()
            for row in try Row.fetchAll(database, sql: Catalog.prunable) {
                let snapshot = PrunedSnapshot(
                    id: row["id"], scope: try row.scope("owner"),
                    workspace: row["workspace"], step: try row.stepKey("step"), used: row.timestamp("used"),
                    bytes: row["exclusive"])
                prunable.snapshots[snapshot.id] = snapshot
                prunable.candidates.append(
                    PruneRule.Candidate(
                        id: snapshot.id, parent: row["parent"], used: snapshot.used,
                        milliseconds: row["milliseconds"],
                        size: DiskAmount(bytes: snapshot.bytes, entries: row["entries"]),
                        isKept: row["pinned"] || users[snapshot.id] != nil))
            }
            return prunable
        }
    }

    /// Removes those of some snapshots on which nothing stands by now, that are not pinned and that nobody uses, in
    /// order, with the rows of the layers that were theirs alone. On disk when it returns: the layers' directories may
    /// go.
    ///
    /// - Parameter held: layers to be left alone, asked for inside the transaction.
    package func removeUnused(
        _ ids: [String], users: @escaping SnapshotUsers, except held: @escaping @Sendable () -> Set<LayerID>
    ) async throws(Failure) -> RemovedSnapshots {
        removals.begin()
        defer { removals.end() }
        return try await writeDurably("removing snapshots") { database in
            let users = try Catalog.allUsers(users, database)
            let heldLayers = held()
            var removed = RemovedSnapshots()
            for id in ids where users[id] == nil {
                let isFree = try Bool.fetchOne(
                    database,
                    sql: """
                        SELECT NOT pinned AND NOT EXISTS (SELECT 1 FROM snapshot WHERE parent = ?1)
                        FROM snapshot WHERE id = ?1
                        """, arguments: [id])
                guard isFree == true else { continue }
                let layers = try Int64.fetchAll(
                    database,
                    sql: """
                        SELECT number FROM layer, snapshot WHERE id = ? AND \(Catalog.isOfSnapshotAlone)
                        """, arguments: [id])
                try Catalog.delete([id], database)
                removed.ids.append(id)
                for number in layers where !heldLayers.contains(LayerID(number)) {
                    try database.execute(
                        sql: """
                            DELETE FROM layer WHERE number = ?1
                            AND NOT EXISTS (SELECT 1 FROM snapshot WHERE own_system = ?1)
                            AND NOT EXISTS (SELECT 1 FROM snapshot WHERE own_delta = ?1)
                            AND NOT EXISTS (SELECT 1 FROM squash WHERE layer = ?1)
                            """, arguments: [number])
                    if database.changesCount > 0 { removed.layers.append(LayerID(number)) }
                }
            }
            return removed
        }
    }

    /// Why a snapshot can't be collected: the nearest that is pinned, leased or in use of it and all that stand on it.
    /// Nil if it can.
    package func holder(of id: String, users: @escaping SnapshotUsers) async throws(Failure)
        -> SnapshotHolder?
    {
        try await read("looking for what holds snapshot \(id)") { database in
            let users = try Catalog.allUsers(users, database)
            var parents: [String: String] = [:]
            for row in try Row.fetchAll(
                database,
                sql: """
                    WITH RECURSIVE family (id, depth) AS (
                        SELECT id, 0 FROM snapshot WHERE id = ? UNION ALL
                        SELECT snapshot.id, depth + 1 FROM snapshot JOIN family ON snapshot.parent = family.id)
                    SELECT id, parent, pinned FROM family JOIN snapshot USING (id) ORDER BY depth
                    """, arguments: [id])
            {
                let member: String = row["id"]
                if member != id { parents[member] = row["parent"] }
                let reason: String
                if row["pinned"] {
                    reason = "snapshot \(member) is pinned"
                } else if let user = users[member] {
                    reason = "\(user) stands on snapshot \(member)"
                } else {
                    continue
                }
                var chain = [member]
                while let parent = chain.last.flatMap({ parents[$0] }) { chain.append(parent) }
                return SnapshotHolder(reason: reason, chain: chain.reversed())
            }
            return nil
        }
    }

    /// Removes results of uncached steps, and of such as failed, on which nothing stands and that are not pinned or in use.
    ///
    /// - Parameters:
    ///   - before: older ones go when a later run of the workspace has ended, those of failed steps in any case.
    ///   - orphaned: older ones go if no run is known that made them: a lease did.
    package func dropResults(
        before: Timestamp, orphaned: Timestamp, users: @escaping SnapshotUsers
    ) async throws(Failure) -> Int {
        removals.begin()
        defer { removals.end() }
        return try await write("dropping results") { database in
            let users = try Catalog.allUsers(users, database)
            var dropped = 0
            while true {
                let ids = try String.fetchAll(
                    database,
                    sql: """
                        SELECT id FROM snapshot AS old WHERE retention <> 'cached' AND created < ? AND NOT pinned
                        AND NOT EXISTS (SELECT 1 FROM snapshot WHERE parent = old.id)
                        AND (retention = 'failed'
                        OR EXISTS (SELECT 1 FROM run AS made JOIN run AS later ON later.owner = made.owner
                                AND later.workspace IS made.workspace AND later.id > made.id
                            WHERE made.id = old.run AND later.ended IS NOT NULL)
                        OR created < ? AND NOT EXISTS (SELECT 1 FROM run WHERE id = old.run))
                        """, arguments: [before.nanoseconds, orphaned.nanoseconds]
                ).filter { users[$0] == nil }
                if ids.isEmpty { return dropped }
                try Catalog.delete(ids, database)
                dropped += ids.count
            }
        }
    }

    /// All snapshots with the bytes of the layers that are theirs alone. What a failed step left is worth no time.
    private static let prunable = """
        SELECT id, owner, workspace, step, parent, used, pinned, entries,
            CASE retention WHEN 'failed' THEN 0 ELSE milliseconds END AS milliseconds,
            (SELECT TOTAL(bytes) FROM layer WHERE \(isOfSnapshotAlone)) AS exclusive
        FROM snapshot
        """

    private static func requireFree(
        _ family: [String], users: [String: String], _ database: Database
    ) throws {
        let leased = try leasedSnapshots(database)
        let pinned = Set(try String.fetchAll(database, sql: "SELECT id FROM snapshot WHERE pinned"))
        for member in family {
            if pinned.contains(member) {
                throw Failure(
                    .conflict, "snapshot \(member) is pinned", fix: "varve snapshot unpin \(member)")
            }
            if let lease = leased[member] {
                throw Failure(
                    .conflict, "\(lease) stands on snapshot \(member)",
                    fix: "commit or discard the lease, or wait until it expires")
            }
            if let user = users[member] {
                throw Failure(
                    .conflict, "\(user) stands on snapshot \(member)",
                    fix: "wait for the run to end, or cancel it")
            }
        }
    }

    /// Who stands on snapshots, or shows them: leases that have not ended, and `users`.
    private static func allUsers(
        _ users: SnapshotUsers, _ database: Database
    ) throws -> [String: String] {
        try leasedSnapshots(database).merging(users()) { lease, _ in lease }
    }

    /// What leases that have not ended stand on or show.
    private static func leasedSnapshots(_ database: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT id, json_extract(content, '$.step.parent') AS parent, json_extract(content, '$.view') AS view
                FROM lease WHERE is_live
                """)
        var users: [String: String] = [:]
        for row in rows {
            for snapshot in [row["parent"], row["view"]] as [String?] {
                if let snapshot { users[snapshot] = "lease \(row["id"] as String)" }
            }
        }
        return users
    }

    private static func delete(_ ids: [String], _ database: Database) throws {
        for id in ids {
            try database.execute(sql: "DELETE FROM snapshot WHERE id = ?", arguments: [id])
        }
    }
}
