import GRDB
package import Model

/// What a layer was like.
package struct RecordedLayer: Sendable, Hashable {
    /// Names below its root when it was committed.
    package let entries: Int64
    /// Nil until it was taken, once the layer was durable.
    package let fingerprint: Digest?
}

/// What a look at a catalog came to that changes nothing in it.
package struct CatalogExamination: Sendable {
    /// What is wrong with it, in words; nothing for a catalog that can be trusted.
    package var problems: [String] = []
    /// Things whose record is missing or damaged while the catalog itself is fine, as KIND/KEY.
    package var unrecorded: [String] = []
    /// Nil where it can't be read.
    package var content: CatalogContent?
    package var layers: [LayerID: RecordedLayer] = [:]
    package var storeID: String?
    /// Runs that have not ended, by their identifiers.
    package var unfinishedRuns: Set<String> = []

    private static let mostProblems = 20

    /// Looks at the catalog in the file at `path`, which is there.
    ///
    /// - Parameter records: what lies beside the layers; nil where they may change meanwhile, and are not compared.
    /// - Throws: `store-too-new`.
    package init(of path: String, records: RecordSource?) throws(Failure) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            if try database.read(CatalogSchema.isNewer) {
                throw Failure(
                    .storeTooNew, "the store's catalog \(path) was written by a newer version of Varve",
                    fix: "use the doctor of that version")
            }
            self = try database.read { database in
                var examination = CatalogExamination()
                try examination.look(at: database, records)
                return examination
            }
            try database.close()
        } catch let failure as Failure where failure.code == .storeTooNew {
            throw failure
        } catch {
            problems.append("\(error)")
        }
    }

    private init() {}

    private mutating func look(at database: Database, _ records: RecordSource?) throws {
        let said = try String.fetchAll(database, sql: "PRAGMA integrity_check(\(Self.mostProblems))")
        problems += said.filter { $0 != "ok" }
        for row in try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").prefix(Self.mostProblems) {
            problems.append(
                "a row of \(row[0] as String) stands on one of \(row[2] as String) that is missing")
        }
        storeID = try String.fetchOne(database, sql: "SELECT id FROM store")
        if storeID == nil { problems.append("the store's identity is missing") }
        // A catalog that no daemon of this version has opened yet has no fingerprints.
        for row in try Row.fetchAll(database, sql: "SELECT * FROM layer") {
            let id = LayerID(row["number"])
            let text: String? = row["fingerprint"]
            let fingerprint = text.flatMap { Columns.fingerprint($0, of: id) }
            if text != nil, fingerprint == nil {
                problems.append("the fingerprint of layer \(id) is damaged")
            }
            layers[id] = RecordedLayer(entries: row["entries"], fingerprint: fingerprint)
        }
        content = try Catalog.content(database)
        unfinishedRuns = Set(try Catalog.unfinishedRuns(database).map(\.id))
        guard let records, try database.tableExists("unrecorded") else { return }
        try compare(database, records)
    }

    /// A record that differs from what the catalog has, with no change that was not yet written down, means that the
    /// catalog has changed by other hands.
    private mutating func compare(_ database: Database, _ records: RecordSource) throws {
        let pending = Set(
            try Row.fetchAll(database, sql: "SELECT DISTINCT kind, key FROM unrecorded")
                .map { "\($0["kind"] as String)/\($0["key"] as String)" })
        for kind in StoreRecord.Kind.allCases {
            let table = RecordedRows.tables(of: kind)[0].table
            // One that no daemon of this version has opened yet.
            guard try database.tableExists(table) else { continue }
            let column = ["store": "single", "image": "digest", "ingest": "number"][table] ?? "id"
            let keys = try String.fetchAll(database, sql: "SELECT CAST(\(column) AS TEXT) FROM \(table)")
            var left = Set(try records.keys(kind))
            // A store that never ran long enough has none.
            if kind == .store, left.isEmpty { continue }
            for key in keys {
                left.remove(key)
                let name = "\(kind.rawValue)/\(key)"
                guard !pending.contains(name) else { continue }
                guard let encoded = try records.content(kind, key),
                    let record = RecordedRows(encoded: encoded)
                else {
                    // A run that has not ended may never have changed.
                    if kind != .run { unrecorded.append(name) }
                    continue
                }
                let rows = try RecordedRows.fetch(kind, key, database) ?? [:]
                if !record.isEqual(to: rows) {
                    problems.append("\(name) is not what is recorded beside the layers")
                }
            }
            for key in left.sorted() where !pending.contains("\(kind.rawValue)/\(key)") {
                problems.append("\(kind.rawValue)/\(key) is missing")
            }
        }
    }
}

/// Where records are read from.
package struct RecordSource {
    package var keys: (StoreRecord.Kind) throws -> [String]
    package var content: (StoreRecord.Kind, String) throws -> [UInt8]?

    package init(
        keys: @escaping (StoreRecord.Kind) throws -> [String],
        content: @escaping (StoreRecord.Kind, String) throws -> [UInt8]?
    ) {
        self.keys = keys
        self.content = content
    }
}
