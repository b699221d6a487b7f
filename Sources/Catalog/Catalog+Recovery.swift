import GRDB
package import Model

/// What had to be given up because layers were lost.
package struct LossReport: Sendable, Hashable {
    package var snapshots: [String] = []
    package var images: [String] = []
    package var revisions: [Int64] = []

    package var isEmpty: Bool { snapshots.isEmpty && images.isEmpty && revisions.isEmpty }
}

extension Catalog {
    /// Takes note of the boot this process lives in.
    ///
    /// - Returns: whether it is another one than the catalog knew: what is not durable may then be incomplete
    ///   on disk.
    package func enter(boot: String) async throws(Failure) -> Bool {
        try await write("recording the boot") { database in
            let last = try String.fetchOne(database, sql: "SELECT boot FROM store")
            try database.execute(sql: "UPDATE store SET boot = ?", arguments: [boot])
            return last != nil && last != boot
        }
    }

    /// Gives up everything that stands on one of `lost`: snapshots with their descendants, images, stub
    /// layers, revisions.
    package func giveUp(_ lost: Set<LayerID>) async throws(Failure) -> LossReport {
        guard !lost.isEmpty else { return LossReport() }
        return try await write("giving up what stood on lost layers") { database in
            var report = LossReport()
            for layer in lost.map(\.number) {
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
                try database.execute(sql: "DELETE FROM layer WHERE number = ?", arguments: [layer])
            }
            return report
        }
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
