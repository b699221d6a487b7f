import Catalog
package import Model

extension Engine {
    /// Leases that have not ended, the newest first.
    package func leases(
        in reach: Reach, before cursor: String?, limit: Int
    ) async throws(Failure) -> [PreparedLease] {
        try await catalog.liveLeases(in: reach, before: cursor, limit: limit).map {
            LeaseTree($0, in: sandbox.mountsDirectory).prepared
        }
    }

    /// - Throws: `lease-ended`, `not-found`.
    package func lease(_ id: String, in reach: Reach) async throws(Failure) -> PreparedLease {
        LeaseTree(try await liveLease(id, in: reach), in: sandbox.mountsDirectory).prepared
    }

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
            return LeaseTree(lease, in: sandbox.mountsDirectory).prepared
        }
    }

    func visibleLease(_ id: String, in reach: Reach) async throws(Failure) -> Lease {
        var lease = leases.lease(id)
        if lease == nil { lease = try await catalog.lease(id) }
        guard let lease, reach.includes(lease.scope) else {
            throw Failure(
                .notFound, "there is no lease \(id)", fix: "list them with: GET /v1/leases?scope=all")
        }
        return lease
    }

    private func liveLease(_ id: String, in reach: Reach) async throws(Failure) -> Lease {
        let lease = try await visibleLease(id, in: reach)
        guard lease.end == nil, lease.expires > now() else { throw Failure.leaseEnded(lease) }
        return lease
    }
}

extension Failure {
    /// What is asked of a lease that has ended.
    static func leaseEnded(_ lease: Lease) -> Failure {
        if case .overran(_, let detail, let fix) = lease.end {
            return Failure(.leaseEnded, "lease \(lease.id) was ended: \(detail)", fix: fix)
        }
        let how =
            switch lease.end {
            case .committed: "was committed"
            case .discarded: "was discarded"
            case .expired, .overran, nil: "has expired"
            }
        return Failure(
            .leaseEnded, "lease \(lease.id) \(how)",
            fix: "take a new one, and renew it before its time is up")
    }
}
