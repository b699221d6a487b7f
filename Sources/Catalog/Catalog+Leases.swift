import GRDB
package import Model

extension Catalog {
    /// Adds a lease, or changes the one of its name.
    package func save(_ lease: Lease) async throws(Failure) {
        try await write("saving lease \(lease.id)") { try Catalog.save(lease, $0) }
    }

    /// Adds a lease if all the layers it stands on have their rows. Blocks.
    ///
    /// - Returns: whether they have.
    /// - Throws: `revision-gone` where its step's revision, without which it can't be committed, has been removed.
    package func add(_ lease: Lease) throws(Failure) -> Bool {
        try writeNow("adding lease \(lease.id)") { database in
            guard try Catalog.hasLayers(lease.layers.all, database) else { return false }
            if let ingest = lease.step?.ingest {
                let isThere = try database.value(
                    Bool.self, "SELECT TRUE FROM ingest WHERE number = ?", [ingest])
                guard isThere != nil else {
                    throw Failure(
                        .revisionGone, "the revision was removed before the lease of it began",
                        fix: "register the directory again")
                }
            }
            try Catalog.save(lease, database)
            return true
        }
    }

    /// What a lease's step wrote is about to be walked, which changes it: no later life of the daemon begins with that
    /// again. Blocks.
    package func endDraining(of lease: String) throws(Failure) {
        try writeNow("committing lease \(lease)") { database in
            try database.run(
                "UPDATE lease SET content = json_remove(content, '$.draining') WHERE id = ?", [lease])
        }
    }

    static func save(_ lease: Lease, _ database: Database) throws {
        try database.run(
            "INSERT OR REPLACE INTO lease (id, owner, expires, is_live, content) VALUES (?, ?, ?, ?, ?)",
            [
                lease.id, Int64(lease.scope.owner), lease.expires.nanoseconds, lease.end == nil,
                try Columns.json(lease),
            ])
    }

    /// Takes down how the lease of that name ended.
    static func end(_ lease: Lease, _ database: Database) throws {
        try database.run(
            "UPDATE lease SET is_live = FALSE, content = json_set(content, '$.end', json(?)) WHERE id = ?",
            [try Columns.json(lease.end), lease.id])
    }

    package func lease(_ id: String) async throws(Failure) -> Lease? {
        try find("looking up lease \(id)") { database in
            try database.row("SELECT content FROM lease WHERE id = ?", [id]) {
                try Columns.value(Lease.self, json: $0["content"])
            }
        }
    }

    /// Leases that have not ended, the newest first, those after `cursor`.
    package func liveLeases(
        in reach: Reach, before cursor: String? = nil, limit: Int = .max
    ) async throws(Failure) -> [Lease] {
        try await read("listing leases") { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT content FROM lease WHERE is_live AND (?1 IS NULL OR owner = ?1)
                    AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3
                    """, arguments: [reach.owner, cursor, limit]
            ).map { try Columns.value(Lease.self, json: $0) }
        }
    }

    /// A query for a member of the steps of leases that have not ended.
    static func leased(_ member: String) -> String {
        let path = "json_extract(content, '$.step.\(member)')"
        return "SELECT \(path) FROM lease WHERE is_live AND \(path) IS NOT NULL"
    }

    /// How many have not ended.
    package func leaseCount() async throws(Failure) -> Int {
        try await read("counting leases") {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM lease WHERE is_live") ?? 0
        }
    }

    /// Forgets leases that ended and would have expired before `time`.
    package func dropEndedLeases(before time: Timestamp) async throws(Failure) {
        try await write("forgetting leases") { database in
            try database.execute(
                sql: "DELETE FROM lease WHERE NOT is_live AND expires < ?", arguments: [time.nanoseconds])
        }
    }
}
