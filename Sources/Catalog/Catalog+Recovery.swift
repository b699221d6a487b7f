import GRDB
package import Model

/// What had to be given up because layers were lost.
package struct LossReport: Sendable, Hashable {
    package var snapshots: [String] = []
    package var images: [String] = []
    package var revisions: [Int64] = []
    /// Versions of volumes.
    package var volumes: [String] = []

    package var isEmpty: Bool {
        snapshots.isEmpty && images.isEmpty && revisions.isEmpty && volumes.isEmpty
    }
}

extension Catalog {
    /// What recovery has to know, in one view.
    package func content() async throws(Failure) -> CatalogContent {
        try await read("reading what is in the store", Catalog.content)
    }

    static func content(_ database: Database) throws -> CatalogContent {
        var content = CatalogContent(
            nextLayer: LayerID(try Int64.fetchOne(database, sql: "SELECT next_layer FROM store") ?? 1),
            boot: try String.fetchOne(database, sql: "SELECT boot FROM store WHERE boot IS NOT NULL"))
        let rows = try Row.fetchCursor(database, sql: "SELECT number, durable FROM layer")
        while let row = try rows.next() {
            content.layers[LayerID(row[0])] = CatalogContent.Layer(isDurable: row[1])
        }
        content.leases = try String.fetchAll(database, sql: "SELECT content FROM lease WHERE is_live")
            .map { try Columns.value(Lease.self, json: $0) }
        return content
    }

    /// Waits for the writer's turn, and changes nothing.
    package func passThroughWriter() async throws(Failure) {
        try await write("waiting for the catalog's writer") { _ in }
    }

    /// Gives up everything that stands on one of `lost` (snapshots with their descendants, images, stub
    /// layers, revisions), and with that enters `boot`. On disk when it returns.
    package func giveUp(_ lost: Set<LayerID>, entering boot: String) async throws(Failure) -> LossReport {
        try await writeDurably("giving up what stood on lost layers") { database in
            // In the same transaction: a boot that is known while lost layers still have rows would make the
            // next start take them for whole.
            try database.execute(sql: "UPDATE store SET boot = ?", arguments: [boot])
            var report = LossReport()
            for layer in lost.map(\.number) {
                try Catalog.unsquash(layer, database)
                try Catalog.giveUpImages(on: layer, database, &report)
                try database.execute(sql: "DELETE FROM stub WHERE layer = ?", arguments: [layer])
                try Catalog.giveUpSnapshots(
                    "own_system = ?1 OR own_delta = ?1", [layer], database, &report)
                let ingests = try Int64.fetchAll(
                    database,
                    sql: "SELECT DISTINCT number FROM ingest, json_each(ingest.layers) WHERE value = ?",
                    arguments: [layer])
                for number in ingests {
                    try database.execute(sql: "DELETE FROM ingest WHERE number = ?", arguments: [number])
                }
                report.revisions += ingests
                try Catalog.giveUpVersions(on: layer, database, &report)
                try database.execute(sql: "DELETE FROM layer WHERE number = ?", arguments: [layer])
            }
            return report
        }
    }

    /// Forgets workspaces without a revision that nothing was ever made of: the daemon ended before their first was taken in.
    package func dropEmptyWorkspaces() async throws(Failure) {
        try await write("forgetting empty workspaces") { database in
            try database.execute(
                sql: """
                    DELETE FROM workspace WHERE outputs IS NULL
                    AND NOT EXISTS (SELECT 1 FROM ingest WHERE ingest.workspace = workspace.id)
                    AND NOT EXISTS (SELECT 1 FROM run WHERE run.owner = workspace.owner
                        AND run.workspace = workspace.name)
                    AND NOT EXISTS (SELECT 1 FROM snapshot WHERE snapshot.owner = workspace.owner
                        AND snapshot.workspace = workspace.name)
                    """)
        }
    }

    private static func giveUpVersions(
        on layer: Int64, _ database: Database, _ report: inout LossReport
    ) throws {
        let versions = try String.fetchAll(
            database,
            sql: """
                SELECT DISTINCT volume_version.id FROM volume_version, json_each(volume_version.layers) WHERE value = ?
                """, arguments: [layer])
        for id in versions {
            try database.execute(sql: "DELETE FROM volume_version WHERE id = ?", arguments: [id])
        }
        report.volumes += versions
    }

    private static func giveUpImages(
        on layer: Int64, _ database: Database, _ report: inout LossReport
    ) throws {
        let images = try String.fetchAll(
            database, sql: "SELECT DISTINCT image FROM image_layer WHERE layer = ?", arguments: [layer])
        for image in images {
            report.images += try String.fetchAll(
                database, sql: "SELECT name FROM image_name WHERE image = ?", arguments: [image])
            try database.execute(sql: "DELETE FROM image_name WHERE image = ?", arguments: [image])
            try giveUpSnapshots("image = ?", [image], database, &report)
            try database.execute(sql: "DELETE FROM image WHERE digest = ?", arguments: [image])
        }
    }

    private static func giveUpSnapshots(
        _ condition: String, _ arguments: StatementArguments, _ database: Database, _ report: inout LossReport
    ) throws {
        let roots = try String.fetchAll(
            database, sql: "SELECT id FROM snapshot WHERE \(condition)", arguments: arguments)
        for root in roots {
            for member in try family(of: root, database).reversed() {
                try database.execute(sql: "DELETE FROM snapshot WHERE id = ?", arguments: [member])
                report.snapshots.append(member)
            }
        }
    }
}
