import GRDB
import Linux
package import Model

/// What became of records when a catalog was made again from them.
package struct RebuildReport: Sendable, Hashable {
    package var snapshots = 0
    package var images = 0
    package var revisions = 0
    package var runs = 0
    /// Records that could not be read, as KIND/KEY.
    package var unreadable: [String] = []
    /// Records that may be ahead of the disk after a loss of power, and were left out.
    package var unsafe: [String] = []
    /// The store keeps its identifier and key; else identities with environment values are others from now on.
    package var hasIdentity = false
}

/// Makes a catalog from the records beside the layers.
///
/// The file is whole and on the disk when `finish` returns, or of no use at all: the caller gives it its name by
/// rename then.
package struct CatalogRebuild {
    private let path: String
    private let database: DatabaseQueue
    private let boot: String
    private let mark: RecordMark?
    private var report = RebuildReport()
    private var lastChange: Int64 = 0

    /// - Parameters:
    ///   - path: of a file that is not there yet.
    ///   - mark: how far records were on the disk for sure; without, those of other boots don't count.
    package init(at path: String, boot: String, mark: RecordMark?) throws(Failure) {
        self.path = path
        self.boot = boot
        self.mark = mark
        do {
            var configuration = Configuration()
            configuration.foreignKeysEnabled = false
            // Half of it is of no use: `finish` waits for the disk once, and not each record.
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            try CatalogSchema.migrator.migrate(database)
        } catch {
            throw Catalog.failure(error, doing: "making the catalog again")
        }
    }

    /// Takes in some records; what contradicts one taken in before is left out.
    package mutating func add(_ records: [StoreRecord]) throws(Failure) {
        for record in records {
            guard let content = record.content, let rows = RecordedRows(encoded: content) else {
                report.unreadable.append("\(record.kind.rawValue)/\(record.key)")
                continue
            }
            lastChange = max(lastChange, rows.change)
            let isMarked = rows.change <= mark?.change ?? 0
            guard isMarked || rows.boot == boot else {
                report.unsafe.append("\(record.kind.rawValue)/\(record.key)")
                continue
            }
            if record.kind == .store { report.hasIdentity = true }
            do {
                try database.inTransaction { database in
                    try Self.insert(rows, record.kind, isDurable: isMarked, database)
                    return .commit
                }
            } catch {
                throw Catalog.failure(error, doing: "making the catalog again")
            }
        }
    }

    private static func insert(
        _ rows: RecordedRows, _ kind: StoreRecord.Kind, isDurable: Bool, _ database: Database
    ) throws {
        for (table, _) in RecordedRows.tables(of: kind) {
            let known = Set(try database.columns(in: table).map(\.name))
            for row in rows.rows[table] ?? [] {
                var row = row.filter { known.contains($0.key) }
                if isDurable, known.contains("durable") { row["durable"] = .integer(1) }
                let columns = row.keys.sorted()
                let statement = try database.cachedStatement(
                    sql: """
                        INSERT OR IGNORE INTO \(table) (\(columns.joined(separator: ", ")))
                        VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
                        """)
                try statement.execute(
                    arguments: StatementArguments(columns.map { row[$0]?.databaseValue ?? .null }))
            }
        }
    }

    /// Leaves out what stands on something that is not there, and puts all on the disk.
    ///
    /// - Parameter highest: the highest number a directory of the store has.
    package func finish(highest: LayerID?) throws(Failure) -> RebuildReport {
        var report = report
        do {
            try database.inTransaction { [boot, lastChange] database in
                _ = try StoreIdentity.fetchOrCreate(database)
                try Self.drop(database)
                let used = try Int64.fetchOne(database, sql: "SELECT MAX(number) FROM layer") ?? 0
                try database.execute(
                    sql: "UPDATE store SET boot = ?, next_layer = MAX(next_layer, ?)",
                    arguments: [boot, max(used, highest?.number ?? 0) + 1])
                if let wrong = try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") {
                    throw Columns.damaged(table: wrong[0] as String)
                }
                // Revisions that are gone stay what they were to whatever stands on them.
                let ingests = try Int64.fetchOne(
                    database,
                    sql: """
                        SELECT MAX(number) FROM (
                            SELECT number FROM ingest UNION ALL SELECT ingest FROM snapshot
                            UNION ALL SELECT ingest FROM record UNION ALL SELECT ingest FROM run)
                        """)
                try Self.goOn(after: ingests ?? 0, in: "ingest", database)
                // What was made again is written down again, under changes later than any before.
                try database.execute(sql: "DELETE FROM unrecorded")
                try Self.goOn(after: lastChange, in: "unrecorded", database)
                for statement in CatalogSchema.noteEverything { try database.execute(sql: statement) }
                func count(_ table: String) throws -> Int {
                    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \(table)") ?? 0
                }
                report.snapshots = try count("snapshot")
                report.images = try count("image")
                report.revisions = try count("ingest")
                report.runs = try count("run")
                return .commit
            }
            try database.close()
            try Descriptor.openFile(path).synchronize()
        } catch {
            throw Catalog.failure(error, doing: "making the catalog again")
        }
        return report
    }

    /// Numbers of the table begin behind `number`.
    private static func goOn(after number: Int64, in table: String, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM sqlite_sequence WHERE name = ?", arguments: [table])
        try database.execute(
            sql: "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", arguments: [table, number])
    }

    private static func drop(_ database: Database) throws {
        let standing = [
            """
            DELETE FROM image_layer WHERE layer NOT IN (SELECT number FROM layer)
                OR image NOT IN (SELECT digest FROM image)
            """,
            """
            DELETE FROM snapshot WHERE image NOT IN (SELECT digest FROM image)
                OR parent NOT IN (SELECT id FROM snapshot)
                OR own_system NOT IN (SELECT number FROM layer) OR own_delta NOT IN (SELECT number FROM layer)
                OR EXISTS (SELECT 1 FROM json_each(system_layers) WHERE value NOT IN (SELECT number FROM layer))
                OR EXISTS (SELECT 1 FROM json_each(delta_layers) WHERE value NOT IN (SELECT number FROM layer))
            """,
            """
            DELETE FROM ingest WHERE workspace NOT IN (SELECT id FROM workspace)
                OR EXISTS (SELECT 1 FROM json_each(layers) WHERE value NOT IN (SELECT number FROM layer))
            """,
            "DELETE FROM image_name WHERE image NOT IN (SELECT digest FROM image)",
            """
            DELETE FROM stub WHERE image NOT IN (SELECT digest FROM image)
                OR layer NOT IN (SELECT number FROM layer)
            """,
            "DELETE FROM record WHERE snapshot NOT IN (SELECT id FROM snapshot)",
            """
            DELETE FROM squash WHERE snapshot NOT IN (SELECT id FROM snapshot)
                OR layer NOT IN (SELECT number FROM layer)
            """,
            "DELETE FROM run_step WHERE run NOT IN (SELECT id FROM run)",
            """
            DELETE FROM volume_version WHERE volume NOT IN (SELECT id FROM volume)
                OR EXISTS (SELECT 1 FROM json_each(layers) WHERE value NOT IN (SELECT layer FROM volume_layer)
                    OR value NOT IN (SELECT number FROM layer))
            """,
            "DELETE FROM volume_layer WHERE layer NOT IN (SELECT number FROM layer)",
        ]
        // What goes may take the ground from something else.
        var dropped = 1
        while dropped > 0 {
            dropped = 0
            for statement in standing {
                try database.execute(sql: statement)
                dropped += database.changesCount
            }
        }
    }
}
