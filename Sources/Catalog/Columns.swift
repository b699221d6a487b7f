import Foundation
import GRDB
import JSON
import Model

/// How values of `Model` lie in columns: text as in the schema's note, JSON for structures.
enum Columns {
    static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONTextEncoder.encode(value), as: UTF8.self)
    }

    /// As `json`, without an encoder; read by `Row.layers`.
    static func text(_ layers: [LayerID]) -> String {
        "[" + layers.map { String($0.number) }.joined(separator: ",") + "]"
    }

    /// A layer's fingerprint with a few digits over it and the layer's number: a flipped byte is the catalog's damage, and
    /// not taken for the layer's.
    static func fingerprint(_ digest: Digest, of layer: LayerID) -> String {
        "\(digest.hex)-\(Digest(of: Array("\(layer) \(digest.hex)".utf8)).hex.prefix(8))"
    }

    /// Nil for text that is not as `fingerprint(_:of:)` wrote it.
    static func fingerprint(_ text: String, of layer: LayerID) -> Digest? {
        guard let digest = Digest(hex: text.prefix(64)), fingerprint(digest, of: layer) == text else {
            return nil
        }
        return digest
    }

    static func value<Value: Decodable>(_ type: Value.Type, json: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(json.utf8))
    }

    static func damaged(table: String) -> Failure { damaged("a row of the catalog's table \(table)") }
    static func damaged(column: String) -> Failure { damaged("what the catalog's column \(column) holds") }

    private static func damaged(_ what: String) -> Failure {
        Failure(
            .storeDamaged, "\(what) makes no sense",
            fix: "stop the daemon and make the catalog again: varve doctor --store DIR --repair")
    }
}

extension Reach {
    /// What a column `owner` has to be, for conditions such as `?1 IS NULL OR owner = ?1`; nil for anything.
    var owner: Int64? {
        switch self {
        case .scope(let scope): Int64(scope.owner)
        case .everywhere: nil
        }
    }
}

extension Row {
    func digest(_ column: String) throws -> Digest {
        guard let digest = Digest(hex: self[column] as String) else { throw Columns.damaged(column: column) }
        return digest
    }

    func optionalDigest(_ column: String) throws -> Digest? {
        guard let text = self[column] as String? else { return nil }
        guard let digest = Digest(hex: text) else { throw Columns.damaged(column: column) }
        return digest
    }

    func scope(_ column: String) throws -> Scope {
        guard let owner = UInt32(exactly: self[column] as Int64) else {
            throw Columns.damaged(column: column)
        }
        return Scope(owner: owner)
    }

    func timestamp(_ column: String) -> Timestamp { Timestamp(nanoseconds: self[column]) }

    /// A list of numbers, which needs no decoder: no other column is read as often.
    func layers(_ column: String) throws -> [LayerID] {
        let text = (self[column] as String).utf8
        guard text.first == UInt8(ascii: "["), text.last == UInt8(ascii: "]") else {
            throw Columns.damaged(column: column)
        }
        return try text.dropFirst().dropLast().split(separator: UInt8(ascii: ",")).map { number in
            guard let number = Int64(Substring(number)) else { throw Columns.damaged(column: column) }
            return LayerID(number)
        }
    }

    func layer(_ column: String) -> LayerID? { (self[column] as Int64?).map(LayerID.init) }

    func stepKey(_ column: String) throws -> StepKey {
        guard let key = StepKey(self[column] as String) else { throw Columns.damaged(column: column) }
        return key
    }

    func stepPath(_ column: String) throws -> StepPath {
        guard let path = StepPath(self[column] as String) else { throw Columns.damaged(column: column) }
        return path
    }

    func named<Value: RawRepresentable<String>>(_ column: String, as type: Value.Type) throws -> Value {
        guard let value = Value(rawValue: self[column] as String) else {
            throw Columns.damaged(column: column)
        }
        return value
    }
}
