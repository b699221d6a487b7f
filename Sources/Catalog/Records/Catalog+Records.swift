import GRDB
package import Model

extension Catalog {
    /// Records of what changed and was not written down since, at most `limit` of them; nil for nothing. To be
    /// acknowledged by `recorded(upTo:)` when their files are written.
    ///
    /// - Parameter boot: the present one.
    package func unrecorded(limit: Int, boot: String) async throws(Failure) -> RecordBatch? {
        try await read("reading what has changed") { database in
            let changes = try database.rows(
                "SELECT change, kind, key FROM unrecorded ORDER BY change LIMIT ?", [limit]
            ) { row in
                (
                    change: row["change"] as Int64, kind: try row.named("kind", as: StoreRecord.Kind.self),
                    key: row["key"] as String
                )
            }
            guard let last = changes.last?.change else { return nil }
            var seen: Set<String> = []
            var batch = RecordBatch(records: [], change: last)
            for (_, kind, key) in changes where seen.insert("\(kind)/\(key)").inserted {
                batch.records.append(try Catalog.record(kind, key, change: last, boot: boot, database))
            }
            return batch
        }
    }

    /// Forgets that changes up to this one have not been written down.
    package func recorded(upTo change: Int64) async throws(Failure) {
        try await write("noting what is written down") { database in
            try database.run("DELETE FROM unrecorded WHERE change <= ?", [change])
        }
    }

    /// Has everything written down anew.
    package func noteEverything() async throws(Failure) {
        try await write("noting what is to be written down") { database in
            for statement in CatalogSchema.noteEverything { try database.execute(sql: statement) }
        }
    }

    /// The number of the last change there was, written down or not.
    package func lastChange() async throws(Failure) -> Int64 {
        try await read("reading what has changed") { database in
            try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'unrecorded'")
                ?? 0
        }
    }

    /// The store's own record, which never changes.
    package func storeRecord(boot: String) async throws(Failure) -> StoreRecord {
        try await read("reading the store's identity") { database in
            try Catalog.record(.store, StoreRecord.storeKey, change: 0, boot: boot, database)
        }
    }

    private static func record(
        _ kind: StoreRecord.Kind, _ key: String, change: Int64, boot: String, _ database: Database
    ) throws -> StoreRecord {
        let rows = try RecordedRows.fetch(kind, key, database)
        return StoreRecord(
            kind: kind, key: key,
            content: try rows.map { try RecordedRows(change: change, boot: boot, rows: $0).encoded() })
    }
}

extension StoreRecord {
    /// There is one store in a store.
    package static let storeKey = "1"
}
