import GRDB
package import Model

/// An image's stub layer; without one where the image has every mount point itself.
package struct StubRecord: Sendable, Hashable {
    package var layer: LayerID?
}

extension Catalog {
    /// Layers of images whose names `scope` sees, by the digest of their archive; only the shared names for nil.
    ///
    /// Not those of others: who names a digest has not shown that he has what it stands for.
    package func imageLayers(
        diffIDs: [Digest], seenFrom scope: Scope?
    ) async throws(Failure) -> [Digest: ImageLayer] {
        try await read("looking up image layers") { database in
            var found: [Digest: ImageLayer] = [:]
            for diffID in diffIDs {
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT layer, bytes FROM image_layer JOIN layer ON number = layer WHERE diff_id = ?
                        AND EXISTS (SELECT 1 FROM image_name WHERE image_name.image = image_layer.image
                            AND owner IN (?, ?)) LIMIT 1
                        """, arguments: [diffID.hex, Catalog.owner(of: scope), Catalog.shared])
                if let row {
                    found[diffID] = ImageLayer(
                        diffID: diffID, layer: LayerID(row["layer"]), bytes: row["bytes"])
                }
            }
            return found
        }
    }

    /// Puts an image under a name, replacing what the name stood for. `new` are those of its layers that are
    /// not in the catalog.
    ///
    /// - Parameter scope: whose own name, which would hide a shared one, is taken away.
    package func addImage(
        _ image: Image, name: ImageName, new: [NewLayer], uncoveringIn scope: Scope? = nil
    ) async throws(Failure) {
        try await write("adding image \(name.name)") { database in
            for layer in new { try Catalog.insert(layer, database) }
            try database.execute(
                sql: "INSERT OR IGNORE INTO image (digest, configuration) VALUES (?, ?)",
                arguments: [image.digest.hex, try Columns.json(image.configuration)])
            for (position, layer) in image.layers.enumerated() {
                try database.execute(
                    sql:
                        "INSERT OR IGNORE INTO image_layer (image, position, diff_id, layer) VALUES (?, ?, ?, ?)",
                    arguments: [image.digest.hex, position, layer.diffID.hex, layer.layer.number])
            }
            try database.execute(
                sql: """
                    INSERT INTO image_name (owner, name, image, created) VALUES (?, ?, ?, ?)
                    ON CONFLICT (owner, name) DO UPDATE SET image = excluded.image, created = excluded.created
                    """,
                arguments: [
                    Catalog.owner(of: name.scope), name.name.text, name.digest.hex, name.created.nanoseconds,
                ])
            if let scope { _ = try Catalog.removeImageName(name.name, scope, database) }
        }
    }

    /// The image a name stands for in `scope`, else in the shared scope; nil for neither.
    package func image(named name: ResourceName, in scope: Scope) async throws(Failure) -> Image? {
        let digest = """
            (SELECT image FROM image_name WHERE name = ? AND owner IN (?, ?) ORDER BY owner = ? DESC LIMIT 1)
            """
        return try find("looking up image \(name)") { database in
            try Catalog.image(
                digest, [name.text, Int64(scope.owner), Catalog.shared, Int64(scope.owner)], database)
        }
    }

    package func image(_ digest: Digest) async throws(Failure) -> Image? {
        try find("looking up image \(digest)") { try Catalog.image("?", [digest.hex], $0) }
    }

    /// The image as it is after all changes that are under way.
    package func settledImage(_ digest: Digest) async throws(Failure) -> Image? {
        // On the writer: a reader may still see an image that a transaction under way is about to drop.
        try await write("looking up image \(digest)") { try Catalog.image("?", [digest.hex], $0) }
    }

    /// Names in their order; those seen from a scope are its own and the shared ones.
    package func imageNames(in reach: Reach) async throws(Failure) -> [ImageName] {
        try await read("listing images") { database in
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT * FROM image_name WHERE ?1 IS NULL OR owner IN (?1, ?2) ORDER BY name, owner",
                arguments: [reach.owner, Catalog.shared])
            return try rows.map { row in
                let owner: Int64 = row["owner"]
                return ImageName(
                    name: try ResourceName(row["name"], kind: "image"),
                    scope: owner == Catalog.shared ? nil : Scope(owner: UInt32(owner)),
                    digest: try row.digest("image"), created: row.timestamp("created"))
            }
        }
    }

    /// Whether the name was there. The image itself stays as long as a name or snapshot needs it.
    package func removeImageName(_ name: ResourceName, scope: Scope?) async throws(Failure) -> Bool {
        try await write("removing image \(name)") { try Catalog.removeImageName(name, scope, $0) }
    }

    private static func removeImageName(
        _ name: ResourceName, _ scope: Scope?, _ database: Database
    ) throws -> Bool {
        try database.execute(
            sql: "DELETE FROM image_name WHERE owner = ? AND name = ?",
            arguments: [Catalog.owner(of: scope), name.text])
        return database.changesCount > 0
    }

    /// Drops images that no name, no snapshot and no lease refers to; their layers become unreferenced.
    ///
    /// - Parameter held: images to be left alone, asked for inside the transaction: whoever takes a hold and
    ///   then finds the image with `settledImage` keeps it.
    package func dropUnreferencedImages(
        except held: @escaping @Sendable () -> Set<Digest>
    ) async throws(Failure) {
        try await write("dropping images") { database in
            let held = Set(held().map(\.hex))
            let unreferenced = try String.fetchAll(
                database,
                sql: """
                    SELECT digest FROM image WHERE digest NOT IN (SELECT image FROM image_name)
                    AND digest NOT IN (SELECT image FROM snapshot)
                    AND digest NOT IN (\(Catalog.leased("image")))
                    """)
            for digest in unreferenced where !held.contains(digest) {
                try database.execute(sql: "DELETE FROM image WHERE digest = ?", arguments: [digest])
            }
        }
    }

    /// What is known of an image's stub layer for certain mount points; nil for nothing yet.
    package func stub(image: Digest, mountPoints: String) async throws(Failure) -> StubRecord? {
        try find("looking up a stub layer") { try Catalog.stub(image, mountPoints, $0) }
    }

    /// - Parameter layer: nil for an image that has all the mount points itself.
    /// - Returns: what is known of it from now on: what somebody else has added meanwhile, or what was given.
    package func addStub(
        image: Digest, mountPoints: String, layer: NewLayer?
    ) async throws(Failure) -> StubRecord {
        try await write("adding a stub layer") { database in
            if let known = try Catalog.stub(image, mountPoints, database) { return known }
            if let layer { try Catalog.insert(layer, database) }
            try database.execute(
                sql: "INSERT INTO stub (image, mount_points, layer) VALUES (?, ?, ?)",
                arguments: [image.hex, mountPoints, layer?.id.number])
            return StubRecord(layer: layer?.id)
        }
    }

    private static func stub(
        _ image: Digest, _ mountPoints: String, _ database: Database
    ) throws -> StubRecord? {
        try database.row(
            "SELECT layer FROM stub WHERE image = ? AND mount_points = ?", [image.hex, mountPoints]
        ) { StubRecord(layer: $0.layer("layer")) }
    }

    /// The shared scope's place among owners.
    private static let shared: Int64 = -1

    private static func owner(of scope: Scope?) -> Int64 { scope.map { Int64($0.owner) } ?? shared }

    /// An image and its layers, as one statement sees them.
    ///
    /// - Parameter digest: what it is called by, in SQL.
    private static func image(
        _ digest: String, _ arguments: StatementArguments, _ database: Database
    ) throws -> Image? {
        let rows = try database.rows(
            """
            SELECT image.*, diff_id, layer, bytes FROM image
            LEFT JOIN image_layer ON image = digest LEFT JOIN layer ON number = layer
            WHERE digest = \(digest) ORDER BY position
            """, arguments
        ) { row in
            (
                digest: try row.digest("digest"), configuration: row["configuration"] as String,
                // Of an image without layers there is one row all the same.
                layer: try row.layer("layer").map {
                    ImageLayer(diffID: try row.digest("diff_id"), layer: $0, bytes: row["bytes"])
                }
            )
        }
        guard let image = rows.first else { return nil }
        return Image(
            digest: image.digest,
            configuration: try Columns.value(ImageConfiguration.self, json: image.configuration),
            layers: rows.compactMap(\.layer))
    }
}
