import Catalog
package import Model

extension Engine {
    /// Sets a lease's end to `lifetime` from now.
    ///
    /// - Throws: `lease-ended`, `not-found`.
    package func renewLease(
        _ id: String, lifetime: TimeSpan, in reach: Reach
    ) async throws(Failure) -> PreparedLease {
        try await leases.turns.withTurn(id) { () async throws(Failure) in
            var lease = try await liveLease(id, in: reach)
            lease.expires = now().adding(lifetime)
            try await catalog.save(lease)
            leases.keep(lease)
            expireInTime(lease)
            return tree(of: lease).prepared
        }
    }
}
