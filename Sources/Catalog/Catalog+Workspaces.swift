import GRDB
package import Model

/// A workspace as the catalog knows it.
package struct WorkspaceRecord: Sendable, Hashable {
    package var id: Int64
    package var scope: Scope
    package var name: String
    package var latest: Ingest?
    /// How many different ones there are.
    package var revisions: Int
}

extension Catalog {
    /// The workspace's number, made on first use; what only reads asks `findWorkspace`.
    package func workspace(_ name: ResourceName, in scope: Scope) async throws(Failure) -> Int64 {
        try await write("registering workspace \(name)") { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO workspace (owner, name) VALUES (?, ?)",
                arguments: [Int64(scope.owner), name.text])
            guard
                let id = try Int64.fetchOne(
                    database, sql: "SELECT id FROM workspace WHERE owner = ? AND name = ?",
                    arguments: [Int64(scope.owner), name.text])
            else { throw Columns.damaged(table: "workspace") }
            return id
        }
    }

    /// The workspace's number; nil for one nothing was registered in.
    package func findWorkspace(_ name: ResourceName, in scope: Scope) async throws(Failure) -> Int64? {
        try find("looking up workspace \(name)") { database in
            try database.value(
                Int64.self, "SELECT id FROM workspace WHERE owner = ? AND name = ?",
                [Int64(scope.owner), name.text])
        }
    }

    /// Whether steps have left something that was made in a workspace of this name, also before that was removed and made
    /// again.
    package func hasResults(of workspace: Int64) async throws(Failure) -> Bool {
        try await read("looking for results of a workspace") { database in
            try database.value(
                Bool.self,
                """
                SELECT EXISTS (SELECT 1 FROM workspace JOIN snapshot
                    ON snapshot.owner = workspace.owner AND snapshot.workspace = workspace.name
                    WHERE workspace.id = ?)
                """, [workspace]) ?? false
        }
    }

    /// In the order of their names.
    package func workspaces(in reach: Reach) async throws(Failure) -> [WorkspaceRecord] {
        try await read("listing workspaces") { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT workspace.*,
                        (SELECT COUNT(DISTINCT revision) FROM ingest WHERE workspace = workspace.id) AS revisions
                    FROM workspace WHERE ?1 IS NULL OR owner = ?1 ORDER BY name, owner
                    """, arguments: [reach.owner])
            return try rows.map { row in
                WorkspaceRecord(
                    id: row["id"], scope: try row.scope("owner"), name: row["name"],
                    latest: try Catalog.latest(of: row["id"], database), revisions: row["revisions"])
            }
        }
    }

    /// What each workspace keeps on disk, in the order of their names.
    ///
    /// A layer counts once for each workspace; snapshots count as long as they are kept, also when the
    /// workspace was removed.
    package func workspaceUsage(in reach: Reach) async throws(Failure) -> [WorkspaceUsage] {
        try await read("adding up layers") { database in
            try Row.fetchAll(
                database,
                sql: """
                    WITH place (owner, name) AS (
                        SELECT owner, name FROM workspace
                        UNION SELECT owner, workspace FROM snapshot WHERE workspace IS NOT NULL)
                    SELECT place.*,
                        (SELECT TOTAL(bytes) FROM layer WHERE number IN (
                            SELECT value FROM workspace JOIN ingest ON ingest.workspace = workspace.id,
                                json_each(ingest.layers)
                            WHERE workspace.owner = place.owner AND workspace.name = place.name)) AS revisions,
                        (SELECT TOTAL(bytes) FROM layer WHERE number IN (
                            SELECT own_system FROM snapshot
                            WHERE snapshot.owner = place.owner AND snapshot.workspace = place.name
                            UNION SELECT own_delta FROM snapshot
                            WHERE snapshot.owner = place.owner AND snapshot.workspace = place.name)) AS results,
                        (SELECT TOTAL(bytes) FROM layer WHERE number IN (
                            SELECT own_system FROM snapshot AS below
                            WHERE below.owner = place.owner AND below.workspace = place.name
                                AND EXISTS (SELECT 1 FROM snapshot WHERE parent = below.id)
                            UNION SELECT own_delta FROM snapshot AS below
                            WHERE below.owner = place.owner AND below.workspace = place.name
                                AND EXISTS (SELECT 1 FROM snapshot WHERE parent = below.id))) AS shared,
                        (SELECT COUNT(*) FROM snapshot
                            WHERE snapshot.owner = place.owner AND snapshot.workspace = place.name) AS snapshots
                    FROM place WHERE ?1 IS NULL OR owner = ?1 ORDER BY name, owner
                    """, arguments: [reach.owner]
            ).map { row in
                WorkspaceUsage(
                    scope: try row.scope("owner"), name: row["name"],
                    revisionBytes: row["revisions"], snapshotBytes: row["results"],
                    sharedBytes: row["shared"],
                    snapshots: row["snapshots"])
            }
        }
    }

    /// The numbers of all workspaces.
    package func workspaceNumbers() async throws(Failure) -> Set<Int64> {
        try find("listing the workspaces") { try Int64.fetchSet($0, sql: "SELECT id FROM workspace") }
    }

    /// Forgets a workspace and its revisions. Snapshots stay until they are collected.
    ///
    /// - Throws: `conflict` while a lease stands on one of the revisions.
    package func removeWorkspace(_ id: Int64) async throws(Failure) {
        try await write("removing a workspace") { database in
            try Catalog.requireNoLease(on: id, revision: nil, database)
            try database.execute(sql: "DELETE FROM workspace WHERE id = ?", arguments: [id])
        }
    }

    package func latestIngest(of workspace: Int64) async throws(Failure) -> Ingest? {
        try find("looking up a revision") { try Catalog.latest(of: workspace, $0) }
    }

    /// The newest ingest of the workspace that is called so; nil where there is none, of it or of any.
    package func latestIngest(
        of name: ResourceName, in scope: Scope
    ) async throws(Failure) -> Ingest? {
        try find("looking up workspace \(name)") { database in
            try database.row(
                """
                SELECT ingest.* FROM workspace JOIN ingest ON ingest.workspace = workspace.id
                WHERE workspace.owner = ? AND workspace.name = ? ORDER BY ingest.number DESC LIMIT 1
                """, [Int64(scope.owner), name.text], Catalog.ingest)
        }
    }

    /// The newest ingest with that revision.
    package func ingest(of workspace: Int64, revision: Digest) async throws(Failure) -> Ingest? {
        try find("looking up revision \(revision)") { database in
            try database.row(
                "SELECT * FROM ingest WHERE workspace = ? AND revision = ? ORDER BY number DESC LIMIT 1",
                [workspace, revision.hex], Catalog.ingest)
        }
    }

    /// - Parameter revision: as the one who asks remembers it; nil finds nothing. In a catalog that was made again by an
    ///   older version, a number may be another one's.
    package func ingest(number: Int64, revision: Digest?) async throws(Failure) -> Ingest? {
        try find("looking up a revision") { database in
            try database.row(
                "SELECT * FROM ingest WHERE number = ? AND revision = ?", [number, revision?.hex],
                Catalog.ingest)
        }
    }

    /// Each revision's newest ingest, the newest first, those before the one with the number `cursor`.
    package func revisions(
        of workspace: Int64, before cursor: Int64?, limit: Int
    ) async throws(Failure) -> [Ingest] {
        try await read("listing revisions") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM ingest
                    WHERE number IN (SELECT MAX(number) FROM ingest WHERE workspace = ?1 GROUP BY revision)
                    AND (?2 IS NULL OR number < ?2) ORDER BY number DESC LIMIT ?3
                    """, arguments: [workspace, cursor, limit]
            ).map(Catalog.ingest)
        }
    }

    /// Records an ingest; its number is given here. `new` are layers that were made for it.
    ///
    /// - Throws: `workspace-missing`, `revision-gone` if the workspace or a layer below was removed meanwhile.
    package func addIngest(_ ingest: Ingest, new: [NewLayer]) async throws(Failure) -> Ingest {
        try await write("adding a revision") { database in
            for layer in new { try Catalog.insert(layer, database) }
            try Catalog.checkGround(of: ingest, database)
            try database.execute(
                sql: """
                    INSERT INTO ingest (workspace, revision, layers, ingested, files, bytes) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    ingest.workspace, ingest.revision.hex, Columns.text(ingest.layers),
                    ingest.ingested.nanoseconds, ingest.files, ingest.bytes,
                ])
            var numbered = ingest
            numbered.number = database.lastInsertedRowID
            return numbered
        }
    }

    /// What the workspace's runs have copied out into its directory.
    package func outputs(of workspace: Int64) async throws(Failure) -> Set<EntryPath> {
        try find("looking up a workspace") { database in
            let text = try database.value(
                String.self, "SELECT outputs FROM workspace WHERE id = ?", [workspace])
            return try text.map { Set(try Columns.value([EntryPath].self, json: $0)) } ?? []
        }
    }

    /// Adds to what the workspace's runs have copied out.
    ///
    /// Beyond `mostOutputs` the oldest are forgotten: where they still are, they count as source.
    package func addOutputs(_ paths: [EntryPath], of workspace: Int64) async throws(Failure) {
        let seen = try await outputs(of: workspace)
        if paths.allSatisfy(seen.contains) { return }
        try await write("recording a workspace's outputs") { database in
            let text = try String.fetchOne(
                database, sql: "SELECT outputs FROM workspace WHERE id = ?", arguments: [workspace])
            var known = try text.map { try Columns.value([EntryPath].self, json: $0) } ?? []
            var seen = Set(known)
            known += paths.filter { seen.insert($0).inserted }
            try database.execute(
                sql: "UPDATE workspace SET outputs = ? WHERE id = ?",
                arguments: [try Columns.json(Array(known.suffix(Catalog.mostOutputs))), workspace])
        }
    }

    package static let mostOutputs = 10_000

    /// However often it was registered. Whether it was there.
    ///
    /// - Throws: `conflict` while a lease stands on it.
    package func removeIngests(of workspace: Int64, revision: Digest) async throws(Failure) -> Bool {
        try await write("removing revision \(revision)") { database in
            try Catalog.requireNoLease(on: workspace, revision: revision, database)
            try database.execute(
                sql: "DELETE FROM ingest WHERE workspace = ? AND revision = ?",
                arguments: [workspace, revision.hex])
            return database.changesCount > 0
        }
    }

    /// - Parameter revision: nil for any of the workspace's.
    private static func requireNoLease(
        on workspace: Int64, revision: Digest?, _ database: Database
    ) throws {
        let lease = try String.fetchOne(
            database,
            sql: """
                SELECT id FROM lease WHERE is_live AND json_extract(content, '$.step.ingest') IN
                    (SELECT number FROM ingest WHERE workspace = ?1 AND (?2 IS NULL OR revision = ?2)) LIMIT 1
                """, arguments: [workspace, revision?.hex])
        if let lease {
            throw Failure(
                .conflict, "lease \(lease) stands on \(revision.map { "revision \($0)" } ?? "the workspace")",
                fix: "commit or discard the lease first")
        }
    }

    /// Drops all but the newest `keep` ingests of each workspace, except those in `inUse` and those that leases stand on.
    /// Their manifests become unreferenced.
    ///
    /// - Parameter inUse: asked inside the transaction: who is counted there and then finds the ingest with `has` keeps it.
    package func dropOldIngests(
        keep: Int, inUse: @escaping @Sendable () -> Set<Int64>
    ) async throws(Failure) -> Int {
        try await write("dropping old revisions") { database in
            let inUse = inUse()
            let old = try Int64.fetchAll(
                database,
                sql: """
                    SELECT number FROM (SELECT number, ROW_NUMBER() OVER
                        (PARTITION BY workspace ORDER BY number DESC) AS place FROM ingest) WHERE place > ?
                    AND number NOT IN (\(Catalog.leased("ingest")))
                    """, arguments: [keep]
            ).filter { !inUse.contains($0) }
            for number in old {
                try database.execute(sql: "DELETE FROM ingest WHERE number = ?", arguments: [number])
            }
            return old.count
        }
    }

    /// Whether the ingest is there with all its layers, after all changes that are under way.
    package func has(_ ingest: Ingest) async throws(Failure) -> Bool {
        try await write("looking up revision \(ingest.revision)") { database in
            let isThere = try database.value(
                Bool.self, "SELECT EXISTS (SELECT 1 FROM ingest WHERE number = ?)", [ingest.number])
            return try isThere == true && Catalog.hasLayers(ingest.layers, database)
        }
    }

    /// Digests whose manifests must be kept.
    package func revisionDigests() async throws(Failure) -> Set<Digest> {
        try await read("listing revisions") { database in
            Set(
                try String.fetchAll(database, sql: "SELECT DISTINCT revision FROM ingest")
                    .compactMap { Digest(hex: $0) })
        }
    }

    /// Whether an ingest has that revision.
    package func hasRevision(_ revision: Digest) async throws(Failure) -> Bool {
        try await read("looking up revision \(revision)") { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM ingest WHERE revision = ?)",
                arguments: [revision.hex]) ?? false
        }
    }

    /// The list of layers is no foreign key, so nothing else would notice.
    private static func checkGround(of ingest: Ingest, _ database: Database) throws {
        let workspace = try Int64.fetchOne(
            database, sql: "SELECT id FROM workspace WHERE id = ?", arguments: [ingest.workspace])
        guard workspace != nil else {
            throw Failure(
                .workspaceMissing, "the workspace was removed while it was taken in",
                fix: "register the directory again")
        }
        guard try Catalog.hasLayers(ingest.layers, database) else {
            throw Failure(
                .revisionGone, "the revision before was removed while the next one was taken in",
                fix: "register the directory again")
        }
    }

    private static func latest(of workspace: Int64, _ database: Database) throws -> Ingest? {
        try database.row(
            "SELECT * FROM ingest WHERE workspace = ? ORDER BY number DESC LIMIT 1", [workspace], ingest)
    }

    private static func ingest(_ row: Row) throws -> Ingest {
        Ingest(
            number: row["number"], workspace: row["workspace"], revision: try row.digest("revision"),
            layers: try row.layers("layers"), ingested: row.timestamp("ingested"), files: row["files"],
            bytes: row["bytes"])
    }
}
