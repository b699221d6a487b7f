import API
import Engine
import HTTPTypes
import HummingbirdCore
import Linux
import Model
import Pipelines

/// Steps whose commands the callers run themselves. For admins: a lease is a root file system on the host.
struct LeaseRoutes: Sendable {
    let engine: Engine
    let idempotency: IdempotentRequests

    @Sendable func prepare(_ call: Call) async throws -> Response {
        let bytes = try await call.body()
        let request = try call.decode(Wire.LeaseRequest.self, bytes)
        let (scope, reach) = (try call.scope, try call.reach)
        let wish = try LeaseWish(
            request, defaultImage: engine.configuration.defaultImage, holder: call.holder)
        return try await idempotency.answer(call, content: Digest(of: bytes)) {
            switch wish {
            case .view(let wanted):
                let view = try await engine.prepareView(wanted, for: scope, reach: reach)
                return try .json(Wire.Lease(view), status: .created)
            case .step(let wanted):
                switch try await engine.prepareLease(wanted, for: scope, reach: reach) {
                case .hit(let snapshot, let warnings):
                    return try .json(Wire.LeaseHit(snapshot: snapshot, warnings: warnings.nonEmpty))
                case .prepared(let lease): return try .json(Wire.Lease(lease), status: .created)
                }
            }
        }.response
    }

    @Sendable func list(_ call: Call) async throws -> Response {
        let page = try PageRequest(call)
        let leases = try await engine.leases(
            in: try call.listReach, before: try page.identifierCursor, limit: page.limit + 1)
        return try .json(page.page(leases.map { (key: $0.lease.id, item: Wire.Lease($0)) }))
    }

    @Sendable func get(_ call: Call) async throws -> Response {
        return try .json(
            Wire.Lease(try await engine.lease(try call.identifier(of: .lease), in: try call.reach)))
    }

    @Sendable func renew(_ call: Call) async throws -> Response {
        let request = try await call.jsonIfAny(Wire.LeaseRenewal.self)
        let lease = try await engine.renewLease(
            try call.identifier(of: .lease), lifetime: try LeaseWish.lifetime(request.ttlSeconds),
            in: try call.reach)
        return try .json(Wire.Lease(lease))
    }

    @Sendable func commit(_ call: Call) async throws -> Response {
        let request = try await call.json(Wire.LeaseResult.self)
        let commit = try await engine.commitLease(
            try call.identifier(of: .lease), exitCode: request.exitCode, in: try call.reach)
        return try .json(Wire.LeaseCommit(commit))
    }

    @Sendable func discard(_ call: Call) async throws -> Response {
        try await engine.discardLease(
            try call.identifier(of: .lease), force: try call.query.flag(.force), in: try call.reach)
        return .done
    }
}

extension Call {
    /// Whose processes may enter what is prepared for this call.
    fileprivate var holder: LeaseHolder {
        LeaseHolder(uid: caller.identity.uid, gid: caller.identity.gid)
    }
}
