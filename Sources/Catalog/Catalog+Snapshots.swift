import GRDB
package import Model

/// What a snapshot takes on disk.
package struct SnapshotSizes: Sendable, Hashable {
    /// What goes with it and belongs to nothing else.
    package var own: Int64
    /// What it stands on: its ancestors' and its image's layers.
    package var shared: Int64
}

extension Catalog {
    /// Makes a snapshot visible with its layers and, for a cached step, the record it is found by: one
    /// transaction.
    ///
    /// One that stands on another gets that one's chains of layers with its own on top.
    ///
    /// - Parameter revision: what the step ran on; the record's facts are made to exclude those of every
    ///   other snapshot of the
    ///   same identity that cannot be used on it.
    /// - Parameter lease: whose step this was, with its end; on record with the snapshot, or neither is.
    /// - Parameter volumes: what the step left in its volumes; visible with the snapshot, or not at all.
    package func addSnapshot(
        _ snapshot: Snapshot, layers: [NewLayer], record: CacheRecord?, on revision: Manifest?,
        ending lease: Lease? = nil, volumes: [NewVolumeVersion] = []
    ) async throws(Failure) {
        try await write("committing step \(snapshot.step)") { database in
            for layer in layers { try Catalog.insert(layer, database) }
            var snapshot = snapshot
            if let parent = snapshot.parent {
                // The parent's may have been squashed while the step ran.
                snapshot.systemLayers = try Catalog.chain(
                    .system, on: parent, own: snapshot.ownSystem, database)
                snapshot.deltaLayers = try Catalog.chain(.delta, on: parent, own: snapshot.ownDelta, database)
            }
            try database.run(
                """
                INSERT INTO snapshot (id, owner, workspace, step, run, parent, image, system_layers, delta_layers,
                    own_system, own_delta, ingest, revision, created, milliseconds, bytes, entries, retention,
                    workspace_target, used)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    snapshot.id, Int64(snapshot.scope.owner), snapshot.workspace, snapshot.step.text,
                    snapshot.maker,
                    snapshot.parent, snapshot.image.hex, Columns.text(snapshot.systemLayers),
                    Columns.text(snapshot.deltaLayers), snapshot.ownSystem?.number,
                    snapshot.ownDelta?.number,
                    snapshot.ingest, snapshot.revision?.hex, snapshot.created.nanoseconds,
                    snapshot.milliseconds,
                    snapshot.bytes, snapshot.entries, snapshot.retention.rawValue,
                    snapshot.workspaceTarget.text,
                    snapshot.used.nanoseconds,
                ])
            if let record { try Catalog.insert(record, on: revision, database) }
            if let lease { try Catalog.end(lease, database) }
            for volume in volumes { try Catalog.insert(volume, database) }
        }
    }

    /// The snapshot as it is seen now, for `use`; nil if there is none.
    package func sighting(of id: String) async throws(Failure) -> Sighting? {
        let removal = removals.settled
        return try find("looking up snapshot \(id)") { try Catalog.sighting(of: id, removal, $0) }
    }

    static func sighting(
        of id: String, _ removal: Int?, _ database: Database
    ) throws -> Sighting? {
        try database.row(
            """
            SELECT snapshot.*, (SELECT entries FROM layer WHERE number = own_system) AS system_entries,
                (SELECT entries FROM layer WHERE number = own_delta) AS delta_entries
            FROM snapshot WHERE id = ?
            """, [id]
        ) { row in
            let snapshot = try snapshot(row)
            var entries: [LayerID: Int64] = [:]
            if let layer = snapshot.ownSystem { entries[layer] = row["system_entries"] }
            if let layer = snapshot.ownDelta { entries[layer] = row["delta_entries"] }
            return Sighting(snapshot: snapshot, entries: entries, removal: removal)
        }
    }

    package func snapshot(_ id: String) async throws(Failure) -> Snapshot? {
        try find("looking up snapshot \(id)") { database in
            try database.row("SELECT * FROM snapshot WHERE id = ?", [id], Catalog.snapshot)
        }
    }

    /// The newest that this step of this run left, having passed or `failed`; nil for none.
    package func snapshot(
        madeBy run: String, step: StepKey, failed: Bool = false
    ) async throws(Failure) -> Snapshot? {
        try await read("looking up what step \(step) of run \(run) left") { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT * FROM snapshot WHERE run = ? AND step = ? AND (retention = 'failed') = ?
                    ORDER BY created DESC LIMIT 1
                    """, arguments: [run, step.text, failed]
            ).map(Catalog.snapshot)
        }
    }

    /// The snapshot, for somebody who holds it: it stays. Takes down that it is used, to the minute; nil if there is
    /// none.
    ///
    /// - Parameter seen: what was seen of it before it was held, which is enough if nothing was removed since.
    package func use(
        _ id: String, at time: Timestamp, seen: Sighting? = nil
    ) async throws(Failure) -> Snapshot? {
        if let seen, seen.snapshot.id == id, seen.snapshot.used.isRecent(at: time),
            let removal = seen.removal, removals.settled == removal
        {
            return seen.snapshot
        }
        if let removal = removals.settled,
            let snapshot = try await snapshot(id), snapshot.used.isRecent(at: time),
            removals.settled == removal
        {
            return snapshot
        }
        // On the writer: a reader may still see a snapshot that a transaction under way is about to remove.
        return try await write("looking up snapshot \(id)") { database in
            let found = try database.row("SELECT * FROM snapshot WHERE id = ?", [id], Catalog.snapshot)
            guard let snapshot = found else { return nil }
            if !snapshot.used.isRecent(at: time) {
                try database.execute(
                    sql: "UPDATE snapshot SET used = ? WHERE id = ?", arguments: [time.nanoseconds, id])
            }
            return snapshot
        }
    }

    /// Whether the snapshot was there.
    package func pin(_ id: String, _ isPinned: Bool) async throws(Failure) -> Bool {
        try await write("pinning snapshot \(id)") { database in
            try database.execute(
                sql: "UPDATE snapshot SET pinned = ? WHERE id = ?", arguments: [isPinned, id])
            return database.changesCount > 0
        }
    }

    package func children(of snapshot: String) async throws(Failure) -> [String] {
        try await read("looking up snapshot \(snapshot)") { database in
            try String.fetchAll(
                database, sql: "SELECT id FROM snapshot WHERE parent = ? ORDER BY created",
                arguments: [snapshot])
        }
    }

    /// As a condition on `layer` beside `snapshot`: a layer that belongs to nothing but the snapshot.
    static let isOfSnapshotAlone = """
        (number IN (own_system, own_delta)
            OR number IN (SELECT layer FROM squash WHERE squash.snapshot = snapshot.id))
        """

    package func sizes(of snapshot: String) async throws(Failure) -> SnapshotSizes {
        try await read("adding up layers") { database in
            let lineage = try Int64.fetchAll(
                database,
                sql: """
                    WITH RECURSIVE lineage (id, depth) AS (
                        SELECT ?, 0 UNION ALL
                        SELECT parent, depth + 1 FROM lineage JOIN snapshot USING (id) WHERE parent IS NOT NULL)
                    SELECT (SELECT TOTAL(bytes) FROM layer WHERE \(Catalog.isOfSnapshotAlone))
                    FROM lineage JOIN snapshot USING (id) ORDER BY depth
                    """, arguments: [snapshot])
            let image = try Int64.fetchOne(
                database,
                sql: """
                    SELECT TOTAL(bytes) FROM layer WHERE number IN (
                        SELECT layer FROM image_layer WHERE image = (SELECT image FROM snapshot WHERE id = ?))
                    """, arguments: [snapshot])
            return SnapshotSizes(
                own: lineage.first ?? 0, shared: lineage.dropFirst().reduce(image ?? 0, +))
        }
    }

    /// The snapshot and all that stand on it, parents before children; empty if there is none.
    static func family(of id: String, _ database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                WITH RECURSIVE family (id, depth) AS (
                    SELECT id, 0 FROM snapshot WHERE id = ?
                    UNION ALL SELECT snapshot.id, depth + 1 FROM snapshot JOIN family ON snapshot.parent = family.id)
                SELECT id FROM family ORDER BY depth
                """, arguments: [id])
    }

    static func snapshot(_ row: Row) throws -> Snapshot {
        var snapshot = Snapshot(
            id: row["id"], scope: try row.scope("owner"), workspace: row["workspace"],
            step: try row.stepKey("step"), maker: row["run"], parent: row["parent"],
            image: try row.digest("image"),
            systemLayers: try row.layers("system_layers"), deltaLayers: try row.layers("delta_layers"),
            ownSystem: row.layer("own_system"), ownDelta: row.layer("own_delta"), ingest: row["ingest"],
            revision: try row.optionalDigest("revision"), created: row.timestamp("created"),
            milliseconds: row["milliseconds"], bytes: row["bytes"], entries: row["entries"],
            retention: try row.named("retention", as: Snapshot.Retention.self))
        snapshot.workspaceTarget = try row.stepPath("workspace_target")
        snapshot.isPinned = row["pinned"]
        snapshot.used = row.timestamp("used")
        snapshot.isDurable = row["durable"]
        return snapshot
    }
}

extension Timestamp {
    /// So short ago that it is not worth writing down anew.
    fileprivate func isRecent(at now: Timestamp) -> Bool { adding(TimeSpan(seconds: 60)) >= now }
}
