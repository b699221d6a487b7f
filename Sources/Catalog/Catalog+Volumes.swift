import GRDB
package import Model

/// A version of a volume that is being given a place in the catalog.
package struct NewVolumeVersion: Sendable, Hashable {
    package var name: VolumeName
    package var version: VolumeVersion
    /// Those of its layers that are not in the catalog, with what they lie on.
    package var layers: [Layer]

    package struct Layer: Sendable, Hashable {
        package var layer: NewLayer
        package var facts: VolumeFacts

        package init(layer: NewLayer, facts: VolumeFacts) {
            self.layer = layer
            self.facts = facts
        }
    }

    package init(name: VolumeName, version: VolumeVersion, layers: [Layer]) {
        self.name = name
        self.version = version
        self.layers = layers
    }
}

/// A volume with all its versions, the newest first.
package struct VolumeDetails: Sendable, Hashable {
    package var name: VolumeName
    package var created: Timestamp
    package var versions: [VolumeVersion]
    /// Of all layers of its versions, each counted once.
    package var bytes: Int64
}

extension Catalog {
    /// The versions of a volume, the newest first; none for a volume there is not.
    package func versions(of name: VolumeName) async throws(Failure) -> [VolumeVersion] {
        try find("looking up volume \(name.name)") { database in
            try database.rows(
                """
                SELECT volume_version.*, \(Catalog.versionSize) FROM volume_version
                WHERE volume = (SELECT id FROM volume WHERE owner = ? AND workspace = ? AND name = ?)
                ORDER BY volume_version.created DESC, id DESC LIMIT 1000
                """, Catalog.arguments(name), Catalog.version)
        }
    }

    /// Takes down that a version is used; false if there is none by now, after all changes that are under way.
    package func use(version id: String, at time: Timestamp) async throws(Failure) -> Bool {
        try await write("using a version of a volume") { database in
            try database.execute(
                sql: "UPDATE volume_version SET used = MAX(used, ?) WHERE id = ?",
                arguments: [time.nanoseconds, id])
            return database.changesCount > 0
        }
    }

    /// What names the ground of each of some layers; nil for one that has none. Layers that are no volume's are left
    /// out.
    package func volumeSignatures(
        of layers: [LayerID]
    ) async throws(Failure) -> [LayerID: [String]?] {
        try find("looking up the layers of a volume") { database in
            var found: [LayerID: [String]?] = [:]
            for layer in layers {
                let signatures = try database.row(
                    "SELECT signatures FROM volume_layer WHERE layer = ?", [layer.number]
                ) { row in
                    try (row["signatures"] as String?).map { try Columns.value([String].self, json: $0) }
                }
                if let signatures { found[layer] = .some(signatures) }
            }
            return found
        }
    }

    package func volumeFacts(of layer: LayerID) async throws(Failure) -> VolumeFacts? {
        try await read("looking up what a volume lies on") { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT signatures, facts FROM volume_layer WHERE layer = ?",
                    arguments: [layer.number])
            else { return nil }
            let signatures: String? = row["signatures"]
            return VolumeFacts(
                signatures: try signatures.map { try Columns.value([String].self, json: $0) },
                facts: try Columns.value([[GroundFact]].self, json: row["facts"]))
        }
    }

    package func volumeCount() async throws(Failure) -> Int {
        try await read("counting volumes") {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM volume") ?? 0
        }
    }

    /// Makes a version visible, and its volume if there is none yet.
    package func addVersion(_ version: NewVolumeVersion) async throws(Failure) {
        try await write("adding a version of volume \(version.name.name)") { database in
            try Catalog.insert(version, database)
        }
    }

    /// Volumes with their versions, in the order of workspaces and names.
    ///
    /// - Parameter workspace: nil for all, the empty text for those of no workspace.
    package func volumes(
        in reach: Reach, workspace: String?, name: ResourceName? = nil
    ) async throws(Failure) -> [VolumeDetails] {
        try await read("listing volumes") { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM volume WHERE (?1 IS NULL OR owner = ?1) AND (?2 IS NULL OR workspace = ?2)
                        AND (?3 IS NULL OR name = ?3) ORDER BY workspace, name, owner
                    """, arguments: [reach.owner, workspace, name?.text])
            return try rows.map { try Catalog.details($0, database) }
        }
    }

    /// Takes a volume's versions out, and the volume itself unless `keepingName`; their layers become unreferenced.
    ///
    /// - Parameter version: only this one.
    /// - Returns: how many versions went; nil if there is no such volume.
    package func removeVersions(
        of name: VolumeName, version: String? = nil, keepingName: Bool
    ) async throws(Failure) -> Int? {
        try await write("removing volume \(name.name)") { database in
            let volume = try Int64.fetchOne(
                database, sql: "SELECT id FROM volume WHERE owner = ? AND workspace = ? AND name = ?",
                arguments: Catalog.arguments(name))
            guard let volume else { return nil }
            try database.execute(
                sql: "DELETE FROM volume_version WHERE volume = ?1 AND (?2 IS NULL OR id = ?2)",
                arguments: [volume, version])
            let removed = database.changesCount
            if !keepingName {
                try database.execute(sql: "DELETE FROM volume WHERE id = ?", arguments: [volume])
            }
            return removed
        }
    }

    /// Removes versions beyond what their volumes may have, the least recently used first, and returns their
    /// identifiers.
    package func dropVersions(beyond limits: VolumeLimits) async throws(Failure) -> [String] {
        try await write("dropping versions of volumes") { database in
            var dropped: [String] = []
            for row in try Row.fetchAll(database, sql: "SELECT * FROM volume") {
                let details = try Catalog.details(row, database)
                for id in VolumeLimitRule.beyond(limits, of: details.versions) {
                    try database.execute(sql: "DELETE FROM volume_version WHERE id = ?", arguments: [id])
                    dropped.append(id)
                }
                guard let most = limits.bytes else { continue }
                // What versions share is freed with the last of them, so the sum is taken anew each time.
                var left = try Catalog.details(row, database)
                while left.bytes > most, let last = left.versions.min(by: { $0.used < $1.used }) {
                    try database.execute(
                        sql: "DELETE FROM volume_version WHERE id = ?", arguments: [last.id])
                    dropped.append(last.id)
                    left = try Catalog.details(row, database)
                }
            }
            return dropped
        }
    }

    /// Removes at most `most` versions of which nobody holds a layer, those that were used longest ago,
    /// before `time`, and returns how many that were.
    ///
    /// - Parameter held: asked for inside the transaction.
    package func dropVersions(
        usedBefore time: Timestamp, most: Int, except held: @escaping @Sendable () -> Set<LayerID>
    ) async throws(Failure) -> Int {
        try await write("dropping versions of volumes") { database in
            let held = held()
            // One that is held holds all that share a layer with it, however many: they don't end the search.
            let rows = try Row.fetchCursor(
                database, sql: "SELECT id, layers FROM volume_version WHERE used < ? ORDER BY used",
                arguments: [time.nanoseconds])
            var free: [String] = []
            while free.count < most, let row = try rows.next() {
                if held.isDisjoint(with: try row.layers("layers")) { free.append(row["id"]) }
            }
            for id in free {
                try database.execute(sql: "DELETE FROM volume_version WHERE id = ?", arguments: [id])
            }
            return free.count
        }
    }

    /// Versions with more than `depth` layers, those with the fewest first.
    package func versions(deeperThan depth: Int, limit: Int) async throws(Failure) -> [VolumeVersion] {
        try await read("looking for long chains of layers") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT volume_version.*, \(Catalog.versionSize) FROM volume_version
                    WHERE json_array_length(layers) > ? ORDER BY json_array_length(layers), id LIMIT ?
                    """, arguments: [depth, limit]
            ).map(Catalog.version)
        }
    }

    /// Lets `new` stand for the layers `old` in every version that begins with them. On disk when it returns.
    ///
    /// - Parameter new: the oldest first; their directories must be durable.
    /// - Returns: how many versions that were.
    package func squashVersions(
        _ old: [LayerID], into new: [NewVolumeVersion.Layer]
    ) async throws(Failure) -> Int {
        try await writeDurably("squashing the layers of a volume") { database in
            guard let first = old.first else { return 0 }
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT id, layers FROM volume_version WHERE json_extract(layers, '$[0]') = ?",
                arguments: [first.number])
            var changed = 0
            for row in rows {
                let layers = try row.layers("layers")
                guard layers.starts(with: old) else { continue }
                if changed == 0 {
                    for layer in new { try Catalog.insert(layer, isDurable: true, database) }
                }
                try database.execute(
                    sql: "UPDATE volume_version SET layers = ? WHERE id = ?",
                    arguments: [
                        try Columns.json(new.map(\.layer.id) + layers.dropFirst(old.count)),
                        row["id"] as String,
                    ])
                changed += 1
            }
            return changed
        }
    }

    static func insert(_ new: NewVolumeVersion, _ database: Database) throws {
        let (name, version) = (new.name, new.version)
        for layer in new.layers { try insert(layer, isDurable: false, database) }
        guard try hasLayers(version.layers, database) else {
            throw Failure(
                .snapshotDamaged, "a layer of volume \(name.name) was removed while a step used it",
                fix: "run again")
        }
        try database.run(
            "INSERT OR IGNORE INTO volume (owner, workspace, name, created) VALUES (?, ?, ?, ?)",
            arguments(name) + [version.created.nanoseconds])
        try database.run(
            """
            INSERT INTO volume_version (id, volume, key, targets, ground, layers, step, run, created, used)
            VALUES (?, (SELECT id FROM volume WHERE owner = ? AND workspace = ? AND name = ?), ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [version.id] + arguments(name) + [
                version.key, try Columns.json(version.targets), version.over.rawValue,
                Columns.text(version.layers), version.maker?.step.text, version.maker?.id,
                version.created.nanoseconds, version.used.nanoseconds,
            ])
    }

    private static func insert(
        _ new: NewVolumeVersion.Layer, isDurable: Bool, _ database: Database
    ) throws {
        try insert(new.layer, database)
        if isDurable {
            try database.execute(
                sql: "UPDATE layer SET durable = 1 WHERE number = ?", arguments: [new.layer.id.number])
        }
        try database.run(
            "INSERT INTO volume_layer (layer, signatures, facts) VALUES (?, ?, ?)",
            [
                new.layer.id.number, try new.facts.signatures.map { try Columns.json($0) },
                try Columns.json(new.facts.facts),
            ])
    }

    private static func arguments(_ name: VolumeName) -> StatementArguments {
        [Int64(name.scope.owner), name.workspace ?? "", name.name.text]
    }

    private static let versionSize = """
        (SELECT TOTAL(layer.bytes) FROM layer, json_each(volume_version.layers) WHERE number = value) AS bytes,
        (SELECT TOTAL(layer.entries) FROM layer, json_each(volume_version.layers) WHERE number = value) AS entries
        """

    private static func details(_ row: Row, _ database: Database) throws -> VolumeDetails {
        let id: Int64 = row["id"]
        let workspace: String = row["workspace"]
        let versions = try Row.fetchAll(
            database,
            sql: """
                SELECT volume_version.*, \(versionSize) FROM volume_version WHERE volume = ?
                ORDER BY volume_version.created DESC, id DESC
                """, arguments: [id]
        ).map(version)
        let bytes = try Int64.fetchOne(
            database,
            sql: """
                SELECT CAST(TOTAL(bytes) AS INTEGER) FROM layer WHERE number IN (
                    SELECT value FROM volume_version, json_each(volume_version.layers) WHERE volume = ?)
                """, arguments: [id])
        return VolumeDetails(
            name: VolumeName(
                scope: try row.scope("owner"),
                workspace: workspace.isEmpty ? nil : workspace,
                name: try ResourceName(row["name"], kind: "volume")),
            created: row.timestamp("created"), versions: versions, bytes: bytes ?? 0)
    }

    private static func version(_ row: Row) throws -> VolumeVersion {
        let step: String? = row["step"]
        let id: String? = row["run"]
        var maker: VolumeVersion.Maker?
        if let step, let id {
            guard let key = StepKey(step) else { throw Columns.damaged(table: "volume_version") }
            maker = VolumeVersion.Maker(step: key, id: id)
        }
        var version = VolumeVersion(
            id: row["id"], key: row["key"],
            targets: try Columns.value([EntryPath].self, json: row["targets"]),
            over: try row.named("ground", as: VolumeMount.Ground.self), layers: try row.layers("layers"),
            bytes: Int64(row["bytes"] as Double), entries: Int64(row["entries"] as Double), maker: maker,
            created: row.timestamp("created"))
        version.used = row.timestamp("used")
        return version
    }
}
