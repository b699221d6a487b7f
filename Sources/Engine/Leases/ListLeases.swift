import Catalog
package import Model

extension Engine {
    /// Leases that have not ended, the newest first.
    package func leases(
        in reach: Reach, before cursor: String?, limit: Int
    ) async throws(Failure) -> [PreparedLease] {
        try await catalog.liveLeases(in: reach, before: cursor, limit: limit).map {
            tree(of: $0).prepared
        }
    }

    /// - Throws: `lease-ended`, `not-found`.
    package func lease(_ id: String, in reach: Reach) async throws(Failure) -> PreparedLease {
        tree(of: try await liveLease(id, in: reach)).prepared
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

    /// - Throws: `lease-ended`, `not-found`.
    func liveLease(_ id: String, in reach: Reach) async throws(Failure) -> Lease {
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
