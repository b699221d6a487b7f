import GRDB

/// The tables, and how older formats become the present one.
enum CatalogSchema {
    static func isNewer(_ database: Database) throws -> Bool { try migrator.hasBeenSuperseded(database) }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (index, statements) in [version1, version2, version3, version4, version5].enumerated() {
            migrator.registerMigration("\(index + 1)") { database in
                for statement in statements { try database.execute(sql: statement) }
            }
        }
        return migrator
    }

    /// Lists of layers are JSON arrays, so that a step is prepared from one row; digests are 64 hex digits;
    /// times are nanoseconds since 1970.
    private static let version1 = [
        """
        CREATE TABLE store (
            single INTEGER PRIMARY KEY CHECK (single = 1), id TEXT NOT NULL, environment_key BLOB NOT NULL,
            next_layer INTEGER NOT NULL, boot TEXT) STRICT
        """,
        """
        CREATE TABLE layer (
            number INTEGER PRIMARY KEY, kind TEXT NOT NULL, bytes INTEGER NOT NULL, entries INTEGER NOT NULL,
            durable INTEGER NOT NULL DEFAULT 0) STRICT
        """,
        """
        CREATE TABLE image (digest TEXT PRIMARY KEY, configuration TEXT NOT NULL) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE image_layer (
            image TEXT NOT NULL REFERENCES image ON DELETE CASCADE, position INTEGER NOT NULL,
            diff_id TEXT NOT NULL, layer INTEGER NOT NULL REFERENCES layer,
            PRIMARY KEY (image, position)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX image_layer_by_diff_id ON image_layer (diff_id)",
        """
        CREATE TABLE image_name (
            owner INTEGER NOT NULL, name TEXT NOT NULL, image TEXT NOT NULL REFERENCES image,
            created INTEGER NOT NULL, PRIMARY KEY (owner, name)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE stub (
            image TEXT NOT NULL REFERENCES image ON DELETE CASCADE, mount_points TEXT NOT NULL,
            layer INTEGER REFERENCES layer, PRIMARY KEY (image, mount_points)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE workspace (
            id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL, name TEXT NOT NULL,
            outputs TEXT, UNIQUE (owner, name)) STRICT
        """,
        """
        CREATE TABLE ingest (
            number INTEGER PRIMARY KEY AUTOINCREMENT, workspace INTEGER NOT NULL REFERENCES workspace ON DELETE CASCADE,
            revision TEXT NOT NULL, layers TEXT NOT NULL, ingested INTEGER NOT NULL, files INTEGER NOT NULL,
            bytes INTEGER NOT NULL) STRICT
        """,
        "CREATE INDEX ingest_by_workspace ON ingest (workspace, number)",
        """
        CREATE TABLE snapshot (
            id TEXT PRIMARY KEY, owner INTEGER NOT NULL, workspace TEXT, step TEXT NOT NULL, run TEXT NOT NULL,
            parent TEXT REFERENCES snapshot, image TEXT NOT NULL REFERENCES image, system_layers TEXT NOT NULL,
            delta_layers TEXT NOT NULL, own_system INTEGER REFERENCES layer, own_delta INTEGER REFERENCES layer,
            ingest INTEGER, revision TEXT, created INTEGER NOT NULL, milliseconds INTEGER NOT NULL,
            bytes INTEGER NOT NULL, entries INTEGER NOT NULL, retention TEXT NOT NULL, workspace_target TEXT NOT NULL,
            durable INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX snapshot_by_parent ON snapshot (parent)",
        "CREATE INDEX snapshot_by_owner ON snapshot (owner, created)",
        "CREATE INDEX snapshot_by_retention ON snapshot (retention, created)",
        "CREATE INDEX snapshot_by_system ON snapshot (own_system)",
        "CREATE INDEX snapshot_by_delta ON snapshot (own_delta)",
        """
        CREATE TABLE record (
            number INTEGER PRIMARY KEY AUTOINCREMENT, snapshot TEXT NOT NULL REFERENCES snapshot ON DELETE CASCADE,
            identity TEXT NOT NULL, identity_without_values TEXT NOT NULL, owner INTEGER NOT NULL,
            workspace TEXT, step TEXT NOT NULL, fields TEXT NOT NULL, facts TEXT NOT NULL,
            committed INTEGER NOT NULL, ingest INTEGER, has_delta INTEGER NOT NULL) STRICT
        """,
        "CREATE INDEX record_by_identity ON record (identity, committed)",
        "CREATE INDEX record_by_similar ON record (identity_without_values)",
        "CREATE INDEX record_by_step ON record (owner, step, workspace, committed)",
        "CREATE INDEX record_by_snapshot ON record (snapshot)",
        """
        CREATE TABLE run (
            id TEXT PRIMARY KEY, owner INTEGER NOT NULL, workspace TEXT, ingest INTEGER, revision TEXT,
            status TEXT NOT NULL, created INTEGER NOT NULL, ended INTEGER, exit_code INTEGER,
            executed INTEGER NOT NULL, cache_hits INTEGER NOT NULL) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX run_by_workspace ON run (owner, workspace, created)",
        """
        CREATE TABLE run_step (
            run TEXT NOT NULL REFERENCES run ON DELETE CASCADE, step TEXT NOT NULL, position INTEGER NOT NULL,
            status TEXT, snapshot TEXT, exit_code INTEGER, milliseconds INTEGER NOT NULL, reason TEXT,
            error_code TEXT, PRIMARY KEY (run, step)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE lease (
            id TEXT PRIMARY KEY, owner INTEGER NOT NULL, expires INTEGER NOT NULL, is_live INTEGER NOT NULL,
            content TEXT NOT NULL) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX lease_by_life ON lease (is_live, expires)",
        """
        CREATE TABLE idempotency (
            owner INTEGER NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, response TEXT,
            created INTEGER NOT NULL, PRIMARY KEY (owner, key)) STRICT, WITHOUT ROWID
        """,
    ]

    /// Pins and last uses of snapshots, and the layers that stand for long chains of theirs, the oldest at
    /// position 0.
    private static let version2 = [
        "ALTER TABLE snapshot ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE snapshot ADD COLUMN used INTEGER NOT NULL DEFAULT 0",
        "UPDATE snapshot SET used = created",
        """
        CREATE TABLE squash (
            snapshot TEXT NOT NULL REFERENCES snapshot ON DELETE CASCADE, area TEXT NOT NULL, position INTEGER NOT NULL,
            layer INTEGER NOT NULL REFERENCES layer, PRIMARY KEY (snapshot, area, position)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX squash_by_layer ON squash (layer)",
    ]

    /// What changed since it was last written down beside the layers, in the order of the changes: a record is
    /// named by what it is of, and written anew as a whole.
    private static let version3 =
        [
            """
            CREATE TABLE unrecorded (
                change INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL) STRICT
            """
        ]
        + noting("snapshot", "INSERT", "'snapshot', NEW.id")
        + noting("snapshot", "UPDATE OF pinned, system_layers, delta_layers", "'snapshot', NEW.id")
        + noting("snapshot", "DELETE", "'snapshot', OLD.id")
        + noting("record", "INSERT", "'snapshot', NEW.snapshot")
        + noting("record", "DELETE", "'snapshot', OLD.snapshot")
        + noting("squash", "INSERT", "'snapshot', NEW.snapshot")
        + noting("squash", "DELETE", "'snapshot', OLD.snapshot")
        + noting("image", "INSERT", "'image', NEW.digest")
        + noting("image", "DELETE", "'image', OLD.digest")
        + noting("image_name", "INSERT", "'image', NEW.image")
        + noting("image_name", "UPDATE", "'image', OLD.image", "'image', NEW.image")
        + noting("image_name", "DELETE", "'image', OLD.image")
        + noting("stub", "INSERT", "'image', NEW.image")
        + noting("stub", "DELETE", "'image', OLD.image")
        + noting("ingest", "INSERT", "'revision', CAST(NEW.number AS TEXT)")
        + noting("ingest", "UPDATE", "'revision', CAST(NEW.number AS TEXT)")
        + noting("ingest", "DELETE", "'revision', CAST(OLD.number AS TEXT)")
        + noting("run", "UPDATE OF status", "'run', NEW.id")
        + noting("run", "DELETE", "'run', OLD.id")
        + [
            """
            CREATE TRIGGER note_workspace_outputs AFTER UPDATE OF outputs ON workspace BEGIN
                INSERT INTO unrecorded (kind, key)
                    SELECT 'revision', CAST(number AS TEXT) FROM ingest WHERE workspace = NEW.id; END
            """,
            // What there was then, whatever comes to `noteEverything` later.
            "INSERT INTO unrecorded (kind, key) SELECT 'image', digest FROM image",
            "INSERT INTO unrecorded (kind, key) SELECT 'revision', CAST(number AS TEXT) FROM ingest",
            "INSERT INTO unrecorded (kind, key) SELECT 'snapshot', id FROM snapshot",
            "INSERT INTO unrecorded (kind, key) SELECT 'run', id FROM run WHERE ended IS NOT NULL",
        ]

    /// Volumes, their versions, and what each layer of theirs lies on. A volume of runs without a workspace has an
    /// empty one: in a unique index no null equals another.
    private static let version4 =
        [
            """
            CREATE TABLE volume (
                id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL, workspace TEXT NOT NULL,
                name TEXT NOT NULL, created INTEGER NOT NULL, UNIQUE (owner, workspace, name)) STRICT
            """,
            """
            CREATE TABLE volume_version (
                id TEXT PRIMARY KEY, volume INTEGER NOT NULL REFERENCES volume ON DELETE CASCADE, key TEXT,
                targets TEXT NOT NULL, ground TEXT NOT NULL, layers TEXT NOT NULL, step TEXT, run TEXT,
                created INTEGER NOT NULL, used INTEGER NOT NULL) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX volume_version_by_volume ON volume_version (volume, created)",
            "CREATE INDEX volume_version_by_use ON volume_version (used)",
            """
            CREATE TABLE volume_layer (
                layer INTEGER PRIMARY KEY REFERENCES layer ON DELETE CASCADE, signatures TEXT,
                facts TEXT NOT NULL) STRICT
            """,
        ]
        + noting("volume_version", "INSERT", "'volume', NEW.id")
        + noting("volume_version", "UPDATE OF layers", "'volume', NEW.id")
        + noting("volume_version", "DELETE", "'volume', OLD.id")

    /// What a layer looked like when it was first looked at, once durable; null before.
    private static let version5 = [
        "ALTER TABLE layer ADD COLUMN fingerprint TEXT",
        "CREATE INDEX layer_without_fingerprint ON layer (number) WHERE fingerprint IS NULL",
    ]

    /// Takes everything there is for changed, in the present format: no migration's.
    static let noteEverything = [
        "INSERT INTO unrecorded (kind, key) SELECT 'image', digest FROM image",
        "INSERT INTO unrecorded (kind, key) SELECT 'revision', CAST(number AS TEXT) FROM ingest",
        "INSERT INTO unrecorded (kind, key) SELECT 'snapshot', id FROM snapshot",
        "INSERT INTO unrecorded (kind, key) SELECT 'run', id FROM run WHERE ended IS NOT NULL",
        "INSERT INTO unrecorded (kind, key) SELECT 'volume', id FROM volume_version",
    ]

    private static func noting(_ table: String, _ event: String, _ things: String...) -> [String] {
        let inserts = things.map { "INSERT INTO unrecorded (kind, key) VALUES (\($0));" }
        let name = "note_\(table)_\(event.prefix { $0 != " " }.lowercased())"
        return [
            "CREATE TRIGGER \(name) AFTER \(event) ON \(table) BEGIN \(inserts.joined(separator: " ")) END"
        ]
    }
}
