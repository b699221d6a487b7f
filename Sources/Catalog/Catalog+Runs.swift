import GRDB
package import Model

extension Catalog {
    package func addRun(_ run: RunRecord, steps: [RunStepRecord]) async throws(Failure) {
        try await write("adding run \(run.id)") { database in
            try Catalog.upsert(run, database)
            for step in steps { try Catalog.upsert(step, database) }
        }
    }

    package func update(_ run: RunRecord) async throws(Failure) {
        try await write("updating run \(run.id)") { try Catalog.upsert(run, $0) }
    }

    package func update(_ step: RunStepRecord) async throws(Failure) {
        try await write("updating step \(step.step)") { try Catalog.upsert(step, $0) }
    }

    package func run(_ id: String) async throws(Failure) -> RunRecord? {
        try find("looking up run \(id)") { database in
            try database.row("SELECT * FROM run WHERE id = ?", [id], Catalog.run)
        }
    }

    /// Of all runs.
    package func runIDs() async throws(Failure) -> Set<String> {
        try find("listing the runs") { try String.fetchSet($0, sql: "SELECT id FROM run") }
    }

    /// The newest first, those after `cursor`.
    package func runs(
        in reach: Reach, workspace: String?, before cursor: String?, limit: Int
    ) async throws(Failure) -> [RunRecord] {
        try await read("listing runs") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM run WHERE (?1 IS NULL OR owner = ?1) AND (?2 IS NULL OR workspace = ?2)
                    AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4
                    """, arguments: [reach.owner, workspace, cursor, limit]
            ).map(Catalog.run)
        }
    }

    /// In the pipeline's order.
    package func steps(of run: String) async throws(Failure) -> [RunStepRecord] {
        try await read("looking up run \(run)") { database in
            try database.rows(
                "SELECT * FROM run_step WHERE run = ? ORDER BY position", [run], Catalog.step)
        }
    }

    /// Runs that an earlier life of the daemon left without an end.
    package func unfinishedRuns() async throws(Failure) -> [RunRecord] {
        try await read("listing runs", Catalog.unfinishedRuns)
    }

    static func unfinishedRuns(_ database: Database) throws -> [RunRecord] {
        try Row.fetchAll(database, sql: "SELECT * FROM run WHERE status IN ('queued', 'running')")
            .map(Catalog.run)
    }

    /// Forgets ended runs, the oldest first, but the newest `keep`, those that a snapshot came from, and those
    /// in `inUse`.
    ///
    /// - Returns: their identifiers; their directories may go afterwards.
    package func dropOldRuns(
        keep: Int, endedBefore time: Timestamp, inUse: Set<String>, atMost limit: Int
    ) async throws(Failure) -> [String] {
        try await write("dropping old runs") { database in
            let ids = try String.fetchAll(
                database,
                sql: """
                    SELECT id FROM run WHERE ended < ? AND id NOT IN
                        (SELECT id FROM run ORDER BY id DESC LIMIT ?)
                    AND id NOT IN (SELECT run FROM snapshot) AND id NOT IN (SELECT value FROM json_each(?))
                    ORDER BY id LIMIT ?
                    """, arguments: [time.nanoseconds, keep, try Columns.json(inUse.sorted()), limit])
            for id in ids { try database.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [id]) }
            return ids
        }
    }

    private static func upsert(_ run: RunRecord, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO run (id, owner, workspace, ingest, revision, status, created, ended, exit_code, executed,
                    cache_hits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET status = excluded.status, ended = excluded.ended,
                    exit_code = excluded.exit_code, executed = excluded.executed, cache_hits = excluded.cache_hits
                """,
            arguments: [
                run.id, Int64(run.scope.owner), run.workspace, run.ingest, run.revision?.hex,
                run.status.rawValue,
                run.created.nanoseconds, run.ended?.nanoseconds, run.exitCode, run.executed, run.cacheHits,
            ])
    }

    private static func upsert(_ step: RunStepRecord, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO run_step (run, step, position, status, snapshot, exit_code, milliseconds, reason,
                    error_code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                step.run, step.step.text, step.position, step.status?.rawValue, step.snapshot, step.exitCode,
                step.milliseconds, try step.reason.map { try Columns.json($0) }, step.errorCode?.rawValue,
            ])
    }

    private static func run(_ row: Row) throws -> RunRecord {
        var run = RunRecord(
            id: row["id"], scope: try row.scope("owner"), workspace: row["workspace"],
            ingest: row["ingest"], revision: try row.optionalDigest("revision"),
            created: row.timestamp("created"))
        run.status = try row.named("status", as: RunStatus.self)
        run.ended = (row["ended"] as Int64?).map(Timestamp.init(nanoseconds:))
        run.exitCode = row["exit_code"]
        run.executed = row["executed"]
        run.cacheHits = row["cache_hits"]
        return run
    }

    private static func step(_ row: Row) throws -> RunStepRecord {
        var step = RunStepRecord(run: row["run"], step: try row.stepKey("step"), position: row["position"])
        step.status = (row["status"] as String?).flatMap(StepStatus.init(rawValue:))
        step.snapshot = row["snapshot"]
        step.exitCode = row["exit_code"]
        step.milliseconds = row["milliseconds"]
        step.reason = try (row["reason"] as String?).map { try Columns.value(MissReason.self, json: $0) }
        step.errorCode = (row["error_code"] as String?).flatMap(FailureCode.init(rawValue:))
        return step
    }
}
