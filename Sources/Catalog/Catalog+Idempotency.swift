import GRDB
package import Model

/// What became of a creating request that carried an `Idempotency-Key`.
package enum RememberedRequest: Sendable, Hashable {
    /// Not seen before; it is remembered from now on.
    case new
    /// The same request came before; its answer, or nil while it is being worked on.
    case repeated(response: String?)
    /// The key came with another request.
    case mismatch
}

extension Catalog {
    /// - Parameter fingerprint: of method, path and body.
    package func remember(
        key: String, fingerprint: Digest, scope: Scope, now: Timestamp
    ) async throws(Failure) -> RememberedRequest {
        try await write("remembering a request") { database in
            let horizon = now.adding(TimeSpan(seconds: -86_400))
            try database.execute(
                sql: "DELETE FROM idempotency WHERE created < ?", arguments: [horizon.nanoseconds])
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM idempotency WHERE owner = ? AND key = ?",
                arguments: [Int64(scope.owner), key])
            if let row {
                guard row["fingerprint"] as String == fingerprint.hex else { return .mismatch }
                return .repeated(response: row["response"])
            }
            try database.execute(
                sql: "INSERT INTO idempotency (owner, key, fingerprint, created) VALUES (?, ?, ?, ?)",
                arguments: [Int64(scope.owner), key, fingerprint.hex, now.nanoseconds])
            return .new
        }
    }

    /// Nil forgets the key again: a request that failed may be tried anew.
    package func answer(key: String, scope: Scope, response: String?) async throws(Failure) {
        try await write("remembering an answer") { database in
            if let response {
                try database.execute(
                    sql: "UPDATE idempotency SET response = ? WHERE owner = ? AND key = ?",
                    arguments: [response, Int64(scope.owner), key])
            } else {
                try database.execute(
                    sql: "DELETE FROM idempotency WHERE owner = ? AND key = ?",
                    arguments: [Int64(scope.owner), key])
            }
        }
    }
}
