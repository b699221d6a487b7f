import GRDB
package import Model

/// Which of a snapshot's two chains of layers.
package enum LayerChain: String, Sendable, Hashable, CaseIterable {
    case system, delta

    fileprivate var column: String {
        switch self {
        case .system: "system_layers"
        case .delta: "delta_layers"
        }
    }

    fileprivate var ownColumn: String {
        switch self {
        case .system: "own_system"
        case .delta: "own_delta"
        }
    }
}

extension Snapshot {
    /// The oldest first.
    package subscript(chain: LayerChain) -> [LayerID] {
        switch chain {
        case .system: systemLayers
        case .delta: deltaLayers
        }
    }
}

extension Catalog {
    /// Snapshots with a chain of more than `depth` layers, those with the shortest of them first: what stands on
    /// one profits when it is squashed.
    package func snapshots(deeperThan depth: Int, limit: Int) async throws(Failure) -> [String] {
        try await read("looking for long chains of layers") { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT id FROM snapshot
                    WHERE json_array_length(system_layers) > ?1 OR json_array_length(delta_layers) > ?1
                    ORDER BY MAX(json_array_length(system_layers), json_array_length(delta_layers)) LIMIT ?2
                    """, arguments: [depth, limit])
        }
    }

    /// Lets `new` stand for one of a snapshot's chains, in it and in all that stand on it. On disk when it returns.
    ///
    /// - Parameters:
    ///   - new: the oldest first; their directories must be durable.
    ///   - old: the chain they were made of.
    /// - Returns: false if the snapshot has gone or has another chain by now, and then nothing is changed.
    package func squash(
        _ chain: LayerChain, of snapshot: String, _ old: [LayerID], into new: [NewLayer]
    ) async throws(Failure) -> Bool {
        try await writeDurably("squashing the layers of snapshot \(snapshot)") { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM snapshot WHERE id = ?", arguments: [snapshot])
            guard let row, try row.layers(chain.column) == old else { return false }
            for (position, layer) in new.enumerated() {
                try Catalog.insert(layer, database)
                try database.execute(
                    sql: "UPDATE layer SET durable = 1 WHERE number = ?", arguments: [layer.id.number])
                try database.execute(
                    sql: "INSERT INTO squash (snapshot, area, position, layer) VALUES (?, ?, ?, ?)",
                    arguments: [snapshot, chain.rawValue, position, layer.id.number])
            }
            try Catalog.renew(chain, from: snapshot, database)
            return true
        }
    }

    /// Lets chains do without a squashed layer that was lost: what it stands for is still there.
    static func unsquash(_ layer: Int64, _ database: Database) throws {
        let rows = try Row.fetchAll(
            database, sql: "SELECT snapshot, area FROM squash WHERE layer = ?", arguments: [layer])
        for row in rows {
            let snapshot: String = row["snapshot"]
            let chain = try row.named("area", as: LayerChain.self)
            try database.execute(
                sql: "DELETE FROM squash WHERE snapshot = ? AND area = ?",
                arguments: [snapshot, chain.rawValue])
            try renew(chain, from: snapshot, database)
        }
    }

    /// The chain a snapshot on `parent` has, whatever it was when the step began.
    static func chain(
        _ chain: LayerChain, on parent: String?, own: LayerID?, _ database: Database
    ) throws -> [LayerID] {
        var layers: [LayerID] = []
        if let parent {
            let found = try database.row("SELECT \(chain.column) FROM snapshot WHERE id = ?", [parent]) {
                try $0.layers(chain.column)
            }
            layers = found ?? []
        }
        return layers + (own.map { [$0] } ?? [])
    }

    /// Writes a chain anew for a snapshot and all that stand on it: the layers it was squashed to, or else its
    /// parent's chain and its own layer.
    private static func renew(_ chain: LayerChain, from snapshot: String, _ database: Database) throws {
        for member in try family(of: snapshot, database) {
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM snapshot WHERE id = ?", arguments: [member])
            guard let row else { continue }
            let squashed = try Int64.fetchAll(
                database, sql: "SELECT layer FROM squash WHERE snapshot = ? AND area = ? ORDER BY position",
                arguments: [member, chain.rawValue])
            let layers =
                squashed.isEmpty
                ? try self.chain(chain, on: row["parent"], own: row.layer(chain.ownColumn), database)
                : squashed.map(LayerID.init)
            try database.execute(
                sql: "UPDATE snapshot SET \(chain.column) = ? WHERE id = ?",
                arguments: [Columns.text(layers), member])
        }
    }
}
