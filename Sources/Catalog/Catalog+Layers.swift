import GRDB
package import Model

/// What a layer directory was made for.
package enum LayerKind: String, Sendable, Hashable, CaseIterable {
    case image, stub, revision, system, delta
    /// Stands for a chain of one of the last two; its files are links to theirs, and not in its bytes.
    case squash
    /// What a step wrote to a volume, at all of its places.
    case volume
}

/// A layer directory that is being given a place in the catalog.
package struct NewLayer: Sendable, Hashable {
    package var id: LayerID
    package var kind: LayerKind
    package var bytes: Int64
    package var entries: Int64

    package init(id: LayerID, kind: LayerKind, bytes: Int64, entries: Int64) {
        self.id = id
        self.kind = kind
        self.bytes = bytes
        self.entries = entries
    }
}

extension Catalog {
    /// Numbers for `count` layers that no layer had or will have. They are on disk before they are given out.
    package func reserveLayers(_ count: Int64) async throws(Failure) -> Range<Int64> {
        try await writeDurably("reserving layer numbers") { database in
            let first = try Int64.fetchOne(database, sql: "SELECT next_layer FROM store") ?? 1
            try database.execute(sql: "UPDATE store SET next_layer = ?", arguments: [first + count])
            return first..<first + count
        }
    }

    package func layerNumbers() async throws(Failure) -> Set<LayerID> {
        try await read("listing layers") { database in
            Set(try Int64.fetchAll(database, sql: "SELECT number FROM layer").map(LayerID.init))
        }
    }

    /// How many names the layers had when they were committed.
    package func layerEntries(_ layers: [LayerID]) async throws(Failure) -> [LayerID: Int64] {
        try await read("looking up layers") { database in
            let statement = try database.cachedStatement(sql: "SELECT entries FROM layer WHERE number = ?")
            var entries: [LayerID: Int64] = [:]
            for layer in layers {
                entries[layer] = try Int64.fetchOne(statement, arguments: [layer.number])
            }
            return entries
        }
    }

    package func layerBytes() async throws(Failure) -> [LayerKind: Int64] {
        try await read("adding up layers") { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT kind, SUM(bytes) AS bytes FROM layer GROUP BY kind")
            return try Dictionary(
                uniqueKeysWithValues: rows.map {
                    (try $0.named("kind", as: LayerKind.self), $0["bytes"] as Int64)
                })
        }
    }

    /// Takes rows of layers out that nothing refers to, and returns them: that they are gone is on disk, and
    /// their directories may go too.
    ///
    /// - Parameter held: layers to be left alone, asked for inside the transaction: whoever takes a hold and
    ///   then finds `hasLayers` true keeps them.
    package func dropUnreferencedLayers(
        except held: @escaping @Sendable () -> Set<LayerID>
    ) async throws(Failure) -> [LayerID] {
        try await writeDurably("dropping layers") { database in
            let unreferenced = """
                SELECT number FROM layer WHERE number NOT IN (
                    SELECT layer FROM image_layer UNION SELECT layer FROM stub WHERE layer IS NOT NULL
                    UNION SELECT own_system FROM snapshot WHERE own_system IS NOT NULL
                    UNION SELECT own_delta FROM snapshot WHERE own_delta IS NOT NULL
                    UNION SELECT layer FROM squash
                    UNION SELECT value FROM volume_version, json_each(volume_version.layers)
                    UNION SELECT value FROM ingest, json_each(ingest.layers))
                """
            let held = held()
            let numbers = try Int64.fetchAll(database, sql: unreferenced).filter {
                !held.contains(LayerID($0))
            }
            for number in numbers {
                try database.execute(sql: "DELETE FROM layer WHERE number = ?", arguments: [number])
            }
            return numbers.map(LayerID.init)
        }
    }

    /// Whether every one of `layers` has its row, after all changes that are under way.
    package func hasLayers(_ layers: [LayerID]) async throws(Failure) -> Bool {
        // On the writer: a reader may still see rows that a transaction under way is about to drop.
        try await write("looking up layers") { try Catalog.hasLayers(layers, $0) }
    }

    static func hasLayers(_ layers: [LayerID], _ database: Database) throws -> Bool {
        let found = try database.value(
            Int.self, "SELECT COUNT(*) FROM layer WHERE number IN (SELECT value FROM json_each(?))",
            [Columns.text(layers)])
        return found == Set(layers).count
    }

    /// Marks everything that is in `layers` as safe from a power cut, in a transaction that is itself.
    ///
    /// Call only after a sync of the layers' file system that began after they were committed.
    package func markDurable(_ layers: [LayerID]) async throws(Failure) {
        guard !layers.isEmpty else { return }
        try await writeDurably("marking layers durable") { database in
            for layer in layers {
                try database.execute(
                    sql: "UPDATE layer SET durable = 1 WHERE number = ?", arguments: [layer.number])
            }
            try database.execute(
                sql: """
                    UPDATE snapshot SET durable = 1 WHERE durable = 0
                    AND (own_system IS NULL OR own_system IN (SELECT number FROM layer WHERE durable = 1))
                    AND (own_delta IS NULL OR own_delta IN (SELECT number FROM layer WHERE durable = 1))
                    """)
        }
    }

    /// Durable layers whose fingerprint is not on record, at most `limit` of those behind `cursor`, in order.
    package func layersWithoutFingerprint(
        after cursor: LayerID?, limit: Int
    ) async throws(Failure) -> [LayerID] {
        try await read("listing layers without a fingerprint") { database in
            try Int64.fetchAll(
                database,
                sql: """
                    SELECT number FROM layer WHERE fingerprint IS NULL AND durable AND number > ?
                    ORDER BY number LIMIT ?
                    """, arguments: [cursor?.number ?? 0, limit]
            ).map(LayerID.init)
        }
    }

    /// Takes down fingerprints of layers, of those that are still there.
    package func save(fingerprints: [LayerID: Digest]) async throws(Failure) {
        try await write("saving fingerprints of layers") { database in
            for (layer, digest) in fingerprints {
                try database.run(
                    "UPDATE layer SET fingerprint = ? WHERE number = ?",
                    [Columns.fingerprint(digest, of: layer), layer.number])
            }
        }
    }

    static func insert(_ layer: NewLayer, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO layer (number, kind, bytes, entries) VALUES (?, ?, ?, ?)",
            arguments: [layer.id.number, layer.kind.rawValue, layer.bytes, layer.entries])
    }
}
