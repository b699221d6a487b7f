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

extension Catalog {
    /// Removes snapshots, descendants first, and returns how many went. Their layers become unreferenced.
    ///
    /// - Throws: `has-children` unless `recursive`; `not-found`; `conflict` when one of them is pinned or in use, and
    ///   then none has gone.
    package func removeSnapshot(
        _ id: String, recursive: Bool, users: @escaping SnapshotUsers
    ) async throws(Failure) -> Int {
        try await write("removing snapshot \(id)") { database in
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

    /// Removes snapshots that nobody needs, or with `dryRun` says which: none that is pinned, in use, or below one
    /// that is, and those unused for the longest time first.
    ///
    /// - Parameters:
    ///   - keepBytes: ends when the layers of all snapshots take no more than that.
    ///   - time: spares what was used since.
    package func prune(
        keepBytes: Int64?, usedBefore time: Timestamp?, dryRun: Bool, users: @escaping SnapshotUsers
    ) async throws(Failure) -> [PrunedSnapshot] {
        try await write("pruning snapshots") { database in
            let users = try Catalog.leasedSnapshots(database).merging(users()) { lease, _ in lease }
            var known: [String: PrunedSnapshot] = [:]
            var candidates: [PruneRule.Candidate] = []
            for row in try Row.fetchAll(database, sql: Catalog.prunable) {
                let snapshot = PrunedSnapshot(
                    id: row["id"], scope: Scope(owner: UInt32(row["owner"] as Int64)),
                    workspace: row["workspace"], step: try row.stepKey("step"), used: row.timestamp("used"),
                    bytes: row["exclusive"])
                known[snapshot.id] = snapshot
                candidates.append(
                    PruneRule.Candidate(
                        id: snapshot.id, parent: row["parent"], used: snapshot.used, bytes: snapshot.bytes,
                        isKept: row["pinned"] || users[snapshot.id] != nil))
            }
            let chosen = PruneRule.choose(among: candidates, keepBytes: keepBytes, usedBefore: time)
            if !dryRun { try Catalog.delete(chosen, database) }
            return chosen.compactMap { known[$0] }
        }
    }

    /// Removes results of uncached steps that are older than `before` and not pinned or in use, when a later run
    /// of their workspace has ended and nothing stands on them.
    package func dropResults(
        before: Timestamp, users: @escaping SnapshotUsers
    ) async throws(Failure) -> Int {
        try await write("dropping results") { database in
            let users = try Catalog.leasedSnapshots(database).merging(users()) { lease, _ in lease }
            var dropped = 0
            while true {
                let ids = try String.fetchAll(
                    database,
                    sql: """
                        SELECT id FROM snapshot AS old WHERE retention <> 'cached' AND created < ? AND NOT pinned
                        AND NOT EXISTS (SELECT 1 FROM snapshot WHERE parent = old.id)
                        AND EXISTS (SELECT 1 FROM run WHERE run.owner = old.owner AND run.workspace IS old.workspace
                            AND run.id > old.run AND run.ended IS NOT NULL)
                        """, arguments: [before.nanoseconds]
                ).filter { users[$0] == nil }
                if ids.isEmpty { return dropped }
                try Catalog.delete(ids, database)
                dropped += ids.count
            }
        }
    }

    /// All snapshots with the bytes of the layers that are theirs alone.
    private static let prunable = """
        SELECT id, owner, workspace, step, parent, used, pinned,
            (SELECT TOTAL(bytes) FROM layer WHERE number IN (own_system, own_delta)
                OR number IN (SELECT layer FROM squash WHERE squash.snapshot = snapshot.id)) AS exclusive
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
