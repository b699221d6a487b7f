import Foundation
import GRDB

/// What a store is told by: written once when it is made.
package struct StoreIdentity: Sendable, Hashable {
    /// 8 hex digits; names the store's mount points and cgroups.
    package let id: String
    /// 32 random bytes under which environment values are hashed before they are kept.
    package let environmentKey: [UInt8]

    static func fetchOrCreate(_ database: Database) throws -> StoreIdentity {
        if let row = try Row.fetchOne(database, sql: "SELECT id, environment_key FROM store") {
            return StoreIdentity(id: row["id"], environmentKey: Array(row["environment_key"] as Data))
        }
        var generator = SystemRandomNumberGenerator()
        let id = String(UInt32.random(in: .min ... .max, using: &generator), radix: 16)
        let identity = StoreIdentity(
            id: String(repeating: "0", count: 8 - id.count) + id,
            environmentKey: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        try database.execute(
            sql: "INSERT INTO store (single, id, environment_key, next_layer) VALUES (1, ?, ?, 1)",
            arguments: [identity.id, Data(identity.environmentKey)])
        return identity
    }
}
