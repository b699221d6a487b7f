import GRDB
package import Model

extension Catalog {
    /// Gives a snapshot that exists a further way of being found.
    ///
    /// - Parameters:
    ///   - lease: as in `addSnapshot`.
    ///   - volumes: as in `addSnapshot`.
    package func addCacheRecord(
        _ record: CacheRecord, on revision: Manifest?, ending lease: Lease? = nil,
        volumes: [NewVolumeVersion] = []
    ) async throws(Failure) {
        try await write("recording step \(record.step)") { database in
            try Catalog.insert(record, on: revision, database)
            if let lease { try Catalog.end(lease, database) }
            for volume in volumes { try Catalog.insert(volume, database) }
        }
    }

    /// What is found under an identity, the newest first, `cachedAtOnce` of it at most.
    ///
    /// - Parameter skipped: how many newer ones are known already.
    package func cachedSnapshots(
        of identity: StepIdentity, skipping skipped: Int = 0
    ) async throws(Failure) -> [CachedSnapshot] {
        let removal = removals.settled
        return try find("looking up a step") { database in
            try database.rows(
                "SELECT * FROM record WHERE identity = ? ORDER BY committed DESC, number DESC LIMIT ? OFFSET ?",
                [identity.digest.hex, Catalog.cachedAtOnce, skipped]
            ) { row in
                let record = try Catalog.cacheRecord(row, of: identity)
                return CachedSnapshot(
                    record: record, sighting: try Catalog.sighting(of: record.snapshot, removal, database))
            }
        }
    }

    package static let cachedAtOnce = 100

    /// Those whose identity differs from `identity` at most in what the policy resolves to, the newest
    /// first.
    package func cacheRecords(similarTo identity: StepIdentity) async throws(Failure) -> [CacheRecord] {
        let digest = identity.digestWithoutPolicyValues.hex
        return try find("looking up a step") { database in
            try database.rows(
                "SELECT * FROM record WHERE identity_without_values = ? ORDER BY committed DESC LIMIT 20",
                [digest], Catalog.cacheRecord)
        }
    }

    /// What a miss is explained against: of the newest ten of the step, under whatever identity, the one that differs from
    /// `identity` in the fewest fields; the newest if that is not known.
    package func nearestCacheRecord(
        step: StepKey, workspace: String?, scope: Scope, to identity: StepIdentity?
    ) async throws(Failure) -> CacheRecord? {
        let newest = try find("looking up a step") { database in
            try database.rows(
                """
                SELECT * FROM record WHERE owner = ? AND step = ? AND workspace IS ?
                ORDER BY committed DESC LIMIT ?
                """, [Int64(scope.owner), step.text, workspace, identity == nil ? 1 : 10],
                Catalog.cacheRecord)
        }
        guard let identity else { return newest.first }
        let distances = newest.map { identity.differences(from: $0.identity).count }
        return zip(newest, distances).min { $0.1 < $1.1 }?.0
    }

    package func cacheRecords(of snapshot: String) async throws(Failure) -> [CacheRecord] {
        try await read("looking up snapshot \(snapshot)") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM record WHERE snapshot = ? ORDER BY committed DESC LIMIT 100",
                arguments: [snapshot]
            ).map(Catalog.cacheRecord)
        }
    }

    /// The records of a snapshot and of all it stands on.
    package func cacheRecords(ofLineage snapshot: String) async throws(Failure) -> [CacheRecord] {
        try await read("looking up snapshot \(snapshot)") { database in
            try Row.fetchAll(
                database,
                sql: """
                    WITH RECURSIVE lineage (id) AS (
                        SELECT ? UNION ALL
                        SELECT parent FROM lineage JOIN snapshot USING (id) WHERE parent IS NOT NULL)
                    SELECT record.* FROM lineage JOIN record ON record.snapshot = lineage.id LIMIT 10000
                    """, arguments: [snapshot]
            ).map(Catalog.cacheRecord)
        }
    }

    /// A step that left again what it left before, on the same ingest, is found as before, only newer.
    static func insert(_ record: CacheRecord, on revision: Manifest?, _ database: Database) throws {
        let identity = record.identity.digest.hex
        var facts = record.facts
        if let revision {
            let others = try database.rows(
                "SELECT DISTINCT facts FROM record WHERE identity = ?", [identity]
            ) { try Columns.value(FactSet.self, json: $0["facts"]) }
            facts.exclude(others, in: revision)
        }
        let written = try Columns.json(facts)
        try database.run(
            "DELETE FROM record WHERE identity = ? AND snapshot = ? AND facts = ? AND ingest IS ?",
            [identity, record.snapshot, written, record.ingest])
        try database.run(
            """
            INSERT INTO record (snapshot, identity, identity_without_values, owner, workspace, step, fields, facts,
                committed, ingest, has_delta) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                record.snapshot, identity, record.identity.digestWithoutPolicyValues.hex,
                Int64(record.identity.scope.owner), record.identity.workspace, record.step.text,
                try Columns.json(record.identity), written, record.committed.nanoseconds, record.ingest,
                record.hasDelta,
            ])
    }

    private static func cacheRecord(_ row: Row) throws -> CacheRecord {
        try cacheRecord(row, of: try Columns.value(StepIdentity.self, json: row["fields"]))
    }

    private static func cacheRecord(_ row: Row, of identity: StepIdentity) throws -> CacheRecord {
        CacheRecord(
            snapshot: row["snapshot"], step: try row.stepKey("step"), identity: identity,
            facts: try Columns.value(FactSet.self, json: row["facts"]), committed: row.timestamp("committed"),
            ingest: row["ingest"], hasDelta: row["has_delta"])
    }
}
