import Foundation
import GRDB
import JSON
import Model

/// The rows of one thing, by table: what a record's file holds.
struct RecordedRows: Codable, Hashable {
    enum Value: Codable, Hashable {
        case null
        case integer(Int64)
        case text(String)
        case data(Data)

        private enum Keys: String, CodingKey { case data }

        init(from decoder: any Decoder) throws {
            if let keyed = try? decoder.container(keyedBy: Keys.self) {
                self = .data(try keyed.decode(Data.self, forKey: .data))
                return
            }
            let single = try decoder.singleValueContainer()
            if single.decodeNil() {
                self = .null
            } else if let number = try? single.decode(Int64.self) {
                self = .integer(number)
            } else {
                self = .text(try single.decode(String.self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            if case .data(let data) = self {
                var keyed = encoder.container(keyedBy: Keys.self)
                return try keyed.encode(Base64.encode(Array(data)), forKey: .data)
            }
            var single = encoder.singleValueContainer()
            switch self {
            case .null: try single.encodeNil()
            case .integer(let number): try single.encode(number)
            case .text(let text): try single.encode(text)
            case .data: break
            }
        }

        init(_ value: DatabaseValue) throws {
            self =
                switch value.storage {
                case .null: .null
                case .int64(let number): .integer(number)
                case .string(let text): .text(text)
                case .blob(let data): .data(data)
                case .double: throw Columns.damaged(table: "of a record")
                }
        }

        var databaseValue: DatabaseValue {
            switch self {
            case .null: .null
            case .integer(let number): number.databaseValue
            case .text(let text): text.databaseValue
            case .data(let data): data.databaseValue
            }
        }
    }

    /// Of the record's form.
    var format = 1
    /// The last change that is in it, and the boot in which it was written.
    var change: Int64
    var boot: String
    var rows: [String: [[String: Value]]]

    /// The tables of each kind, the one the thing itself is in first, with what is chosen from them by the key.
    static func tables(of kind: StoreRecord.Kind) -> [(table: String, choice: String)] {
        switch kind {
        case .store: [("store", "CAST(single AS TEXT) = ?1")]
        case .image:
            [
                ("image", "digest = ?1"), ("image_layer", "image = ?1"), ("image_name", "image = ?1"),
                ("stub", "image = ?1"),
                (
                    "layer",
                    """
                    number IN (SELECT layer FROM image_layer WHERE image = ?1
                        UNION SELECT layer FROM stub WHERE image = ?1)
                    """
                ),
            ]
        case .revision:
            [
                ("ingest", "number = CAST(?1 AS INTEGER)"),
                ("workspace", "id = (SELECT workspace FROM ingest WHERE number = CAST(?1 AS INTEGER))"),
                (
                    "layer",
                    """
                    number IN (SELECT value FROM ingest, json_each(ingest.layers)
                        WHERE ingest.number = CAST(?1 AS INTEGER))
                    """
                ),
            ]
        case .snapshot:
            [
                ("snapshot", "id = ?1"), ("record", "snapshot = ?1"), ("squash", "snapshot = ?1"),
                (
                    "layer",
                    """
                    number IN (SELECT own_system FROM snapshot WHERE id = ?1
                        UNION SELECT own_delta FROM snapshot WHERE id = ?1
                        UNION SELECT layer FROM squash WHERE snapshot = ?1)
                    """
                ),
            ]
        case .run: [("run", "id = ?1"), ("run_step", "run = ?1")]
        case .volume:
            [
                ("volume_version", "id = ?1"),
                ("volume", "id = (SELECT volume FROM volume_version WHERE id = ?1)"),
                ("volume_layer", "layer IN (\(versionLayers))"), ("layer", "number IN (\(versionLayers))"),
            ]
        }
    }

    private static let versionLayers = """
        SELECT value FROM volume_version, json_each(volume_version.layers) WHERE volume_version.id = ?1
        """

    /// The columns that say how far things are, or what was taken down of them later, and not what they are; two
    /// records that differ in them only are equal.
    private static let passing: [String: Set<String>] = [
        "snapshot": ["used", "durable"], "volume_version": ["used"], "layer": ["durable", "fingerprint"],
        "store": ["next_layer", "boot"],
        // Kept with one revision, changed by another.
        "workspace": ["outputs"],
    ]

    /// Nil for a thing that is not there.
    static func fetch(
        _ kind: StoreRecord.Kind, _ key: String, _ database: Database
    ) throws -> [String: [[String: Value]]]? {
        var rows: [String: [[String: Value]]] = [:]
        for (table, choice) in tables(of: kind) {
            let found = try database.rows("SELECT * FROM \(table) WHERE \(choice)", [key]) { row in
                try Dictionary(
                    uniqueKeysWithValues: zip(row.columnNames, row.databaseValues.map(Value.init)))
            }
            if rows.isEmpty, found.isEmpty { return nil }
            rows[table] = found
        }
        return rows
    }

    init(change: Int64, boot: String, rows: [String: [[String: Value]]]) {
        self.change = change
        self.boot = boot
        self.rows = rows
    }

    /// Nil for what is damaged or of a form that is not known.
    init?(encoded: [UInt8]) {
        guard let text = SealedText.open(encoded),
            let decoded = try? JSONDecoder().decode(RecordedRows.self, from: Data(text)),
            decoded.format == 1
        else { return nil }
        self = decoded
    }

    func encoded() throws -> [UInt8] { SealedText.seal(try Columns.json(self)) }

    func isEqual(to other: [String: [[String: Value]]]) -> Bool {
        Self.lasting(rows) == Self.lasting(other)
    }

    private static func lasting(
        _ rows: [String: [[String: Value]]]
    ) -> [String: Set<[String: Value]>] {
        Dictionary(
            uniqueKeysWithValues: rows.map { table, rows in
                let passing = passing[table] ?? []
                return (table, Set(rows.map { row in row.filter { !passing.contains($0.key) } }))
            })
    }
}
