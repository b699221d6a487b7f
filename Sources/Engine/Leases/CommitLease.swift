import Catalog
import Layers
import Linux
package import Model

/// What a lease's commit came to.
package struct LeaseCommit: Sendable, Hashable {
    /// Nil when the command failed, and nothing was kept.
    package let snapshot: String?
    /// Whether it is the snapshot of another execution of the same step.
    package let isAdopted: Bool
    /// What was kept of its volumes.
    package let volumes: VolumeReport
}

extension Engine {
    /// Makes what the holder's command left behind a snapshot, or gives it up if the command failed.
    ///
    /// The mounts are gone when this returns. A repeated commit with the same exit code answers the same.
    ///
    /// - Throws: `lease-busy` while a process uses the tree or has a copy of its mounts: nothing has changed,
    ///   and the commit can be tried again; `disk-limit`, `storage-full` for what was written, which ends the lease;
    ///   `lease-ended`; `lease-readonly`; `conflict` for another exit code than before; `not-found`. Any other failure
    ///   ends the lease.
    package func commitLease(
        _ id: String, exitCode: Int, in reach: Reach
    ) async throws(Failure) -> LeaseCommit {
        try await leases.turns.withTurn(id) { () async throws(Failure) in
            let lease = try await visibleLease(id, in: reach)
            switch lease.end {
            case .committed(exitCode, let snapshot, let adopted, let volumes):
                return LeaseCommit(
                    snapshot: snapshot, isAdopted: adopted, volumes: volumes ?? VolumeReport())
            case .committed(let before, _, _, _):
                throw Failure(
                    .conflict, "lease \(id) was committed with exit code \(before) before",
                    fix: "repeat a commit with the same exit code only")
            case .overran(let code, let detail, let fix): throw Failure(code, detail, fix: fix)
            case .discarded, .expired: throw Failure.leaseEnded(lease)
            case nil: break
            }
            guard lease.expires > now() else {
                await endLease(lease, as: .expired)
                throw Failure.leaseEnded(lease)
            }
            return try await commitInTurn(lease, exitCode: exitCode)
        }
    }

    private func commitInTurn(_ lease: Lease, exitCode: Int) async throws(Failure) -> LeaseCommit {
        guard let step = lease.step else {
            throw Failure(
                .leaseReadonly, "lease \(lease.id) is a view, which is never committed",
                fix: "discard it with DELETE /v1/leases/\(lease.id)")
        }
        if let watch = leases.watch(of: lease.id),
            let failure = await diskFailure(of: watch, passed: exitCode == 0)
        {
            await endLease(lease, as: .overran(failure))
            throw failure
        }
        let origin = try await origin(of: step, in: lease)
        do {
            guard exitCode == 0 else {
                try await release(step, of: lease) { try $0.discard() }
                await recordEnd(
                    of: lease, as: .committed(exitCode: exitCode, snapshot: nil, adopted: false, volumes: nil)
                )
                return LeaseCommit(snapshot: nil, isAdopted: false, volumes: VolumeReport())
            }
            let sealed = try await release(step, of: lease) { Parcel(try $0.seal(from: origin)) }
            guard step.mayAdopt else { return try await keep(sealed, of: lease, step, origin) }
            // Of several that end at once each finds what those before it have committed.
            return try await adoptionTurns.withTurn(origin.identity.digest) {
                if let adopted = try await adopt(insteadOf: sealed, for: lease, origin) { return adopted }
                return try await keep(sealed, of: lease, step, origin)
            }
        } catch let failure as Failure where failure.code == .leaseBusy {
            throw failure
        } catch {
            // Once it is released, what the step wrote is not where a second try would find it.
            await endLease(lease, as: .discarded)
            throw Failure.wrapping(error, to: "commit lease \(lease.id)")
        }
    }

    /// Takes a snapshot that came up meanwhile instead of a second one like it, so that nobody's children are orphaned; then
    /// volumes stay as they are, as for a hit. Nil if there is none.
    private func adopt(
        insteadOf sealed: Parcel<SealedStep>, for lease: Lease, _ origin: StepOrigin
    ) async throws -> LeaseCommit? {
        guard let (other, hold) = try await newerHit(origin) else { return nil }
        defer { withExtendedLifetime(hold) {} }
        try await onBlockingThread { try sealed.open()?.discard() }
        await recordEnd(of: lease, as: .committed(exitCode: 0, snapshot: other, adopted: true, volumes: nil))
        return LeaseCommit(snapshot: other, isAdopted: true, volumes: VolumeReport())
    }

    private func keep(
        _ sealed: Parcel<SealedStep>, of lease: Lease, _ step: LeasedStep, _ origin: StepOrigin
    ) async throws -> LeaseCommit {
        let milliseconds = (now().nanoseconds - lease.created.nanoseconds) / 1_000_000
        let yield = StepYield(
            origin: origin, sealed: sealed, milliseconds: milliseconds, volumes: lease.layers.volumes,
            uses: step.volumes)
        let (kept, events) = try await putOnRecord(yield) { snapshot, events in
            lease.ending(
                as: .committed(
                    exitCode: 0, snapshot: snapshot, adopted: false, volumes: VolumeReport(events)))
        }
        forget(lease)
        return LeaseCommit(snapshot: kept.snapshot.id, isAdopted: false, volumes: VolumeReport(events))
    }

    /// Another's snapshot of the same step, held, that can be used where this one was to be.
    private func newerHit(_ origin: StepOrigin) async throws(Failure) -> (String, SnapshotHolds.Hold)? {
        let lookup = try await lookUp(origin.identity, step: origin.step, revision: origin.revision)
        guard case .hit(let record) = lookup.outcome else { return nil }
        let hold = snapshotHolds.hold([record.snapshot])
        // It may have been removed before it was held.
        guard try await catalog.use(record.snapshot, at: now(), seen: lookup.sighting) != nil else {
            return nil
        }
        return (record.snapshot, hold)
    }

    private func origin(of step: LeasedStep, in lease: Lease) async throws(Failure) -> StepOrigin {
        var parent: Snapshot?
        if let id = step.parent { parent = try await visibleSnapshot(id, in: .everywhere) }
        var revision: RevisionView?
        if let number = step.ingest {
            guard let ingest = try await catalog.ingest(number: number, revision: step.revision) else {
                throw Failure(
                    .revisionGone, "the revision that lease \(lease.id) stands on is gone",
                    fix: "discard the lease and take a new one")
            }
            revision = try await source(of: ingest).view
        }
        return StepOrigin(
            step: step.key, identity: step.identity, image: step.image, parent: parent, revision: revision,
            maker: lease.id)
    }
}
