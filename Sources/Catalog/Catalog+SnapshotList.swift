import GRDB
package import Model

/// Which snapshots a list has, and where it goes on.
package struct SnapshotFilter: Sendable, Hashable {
    package var reach: Reach
    package var workspace: String?
    package var step: String?
    package var identity: Digest?
    /// What the image below must be labelled with, by name.
    package var labels: [String: String] = [:]
    /// The last identifier of the page before, with its time.
    package var after: Cursor?
    package var limit = 100

    package struct Cursor: Sendable, Hashable {
        package var created: Timestamp
        package var id: String

        package init(created: Timestamp, id: String) {
            self.created = created
            self.id = id
        }
    }

    package init(reach: Reach) { self.reach = reach }
}

extension Catalog {
    /// The newest first.
    package func snapshots(_ filter: SnapshotFilter) async throws(Failure) -> [Snapshot] {
        try await read("listing snapshots") { database in
            var conditions: [String] = []
            var arguments: [(any DatabaseValueConvertible)?] = []
            func require(_ condition: String, _ values: (any DatabaseValueConvertible)?...) {
                conditions.append(condition)
                arguments.append(contentsOf: values)
            }
            if let owner = filter.reach.owner { require("owner = ?", owner) }
            if let workspace = filter.workspace { require("workspace = ?", workspace) }
            if let step = filter.step { require("step = ?", step) }
            if let identity = filter.identity {
                require("id IN (SELECT snapshot FROM record WHERE identity = ?)", identity.hex)
            }
            for (name, value) in filter.labels {
                require(
                    """
                    image IN (SELECT digest FROM image, json_each(image.configuration, '$.labels') AS label
                        WHERE label.key = ? AND label.value = ?)
                    """, name, value)
            }
            if let after = filter.after {
                require("(created, id) < (?, ?)", after.created.nanoseconds, after.id)
            }
            let clause = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
            return try Row.fetchAll(
                database, sql: "SELECT * FROM snapshot \(clause) ORDER BY created DESC, id DESC LIMIT ?",
                arguments: StatementArguments(arguments + [filter.limit])
            ).map(Catalog.snapshot)
        }
    }

    package func snapshotCount() async throws(Failure) -> Int {
        try await read("counting snapshots") {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM snapshot") ?? 0
        }
    }
}
