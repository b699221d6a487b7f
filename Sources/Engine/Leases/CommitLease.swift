import Catalog
import Layers
import Linux
import Logging
package import Model
import SystemPackage

/// What a lease's commit came to.
package struct LeaseCommit: Sendable, Hashable {
    /// Nil when the command failed, and nothing was kept.
    package let snapshot: String?
    /// Whether it is the snapshot of another execution of the same step.
    package let isAdopted: Bool
}

extension Engine {
    /// Makes what the holder's command left behind a snapshot, or gives it up if the command failed.
    ///
    /// The mounts are gone when this returns. A repeated commit with the same exit code answers the same.
    ///
    /// - Throws: `lease-busy` while a process uses the tree or has a copy of its mounts: nothing has changed,
    ///   and the commit can be tried again; `lease-ended`; `lease-readonly`; `conflict` for another exit code
    ///   than before; `not-found`. Any other failure ends the lease.
    package func commitLease(
        _ id: String, exitCode: Int, in reach: Scope?
    ) async throws(Failure) -> LeaseCommit {
        try await leases.turns.withTurn(id) { () async throws(Failure) in
            let lease = try await visibleLease(id, in: reach)
            switch lease.end {
            case .committed(exitCode, let snapshot, let adopted):
                return LeaseCommit(snapshot: snapshot, isAdopted: adopted)
            case .committed(let before, _, _):
                throw Failure(
                    .conflict, "lease \(id) was committed with exit code \(before) before",
                    fix: "repeat a commit with the same exit code only")
            case .discarded, .expired: throw ended(lease)
            case nil: return try await commit(lease, exitCode: exitCode)
            }
        }
    }

    private func commit(_ lease: Lease, exitCode: Int) async throws(Failure) -> LeaseCommit {
        guard let step = lease.step else {
            throw Failure(
                .leaseReadonly, "lease \(lease.id) is a view, which is never committed",
                fix: "discard it with DELETE /v1/leases/\(lease.id)")
        }
        let origin = try await origin(of: step, in: lease)
        do {
            // From here on what the step wrote is not where a second try would find it.
            let quiet = try await release(lease)
            guard exitCode == 0 else {
                try await onBlockingThread { try quiet.open()?.discard() }
                await finish(lease, as: .committed(exitCode: exitCode, snapshot: nil, adopted: false))
                return LeaseCommit(snapshot: nil, isAdopted: false)
            }
            let sealed = try await onBlockingThread { () throws -> Parcel<SealedStep> in
                guard let step = quiet.open() else { throw CancellationError() }
                return Parcel(try step.seal(from: origin))
            }
            let commit = try await keep(sealed, of: lease, step, origin)
            await finish(
                lease,
                as: .committed(exitCode: 0, snapshot: commit.snapshot, adopted: commit.isAdopted))
            return commit
        } catch let failure as Failure where failure.code == .leaseBusy {
            throw failure
        } catch {
            await end(lease, as: .discarded)
            throw Failure.wrapping(error, to: "commit lease \(lease.id)")
        }
    }

    /// A snapshot that came up meanwhile is taken instead of a second one like it, so that nobody's children
    /// are orphaned.
    private func keep(
        _ sealed: Parcel<SealedStep>, of lease: Lease, _ step: LeasedStep, _ origin: StepOrigin
    ) async throws -> LeaseCommit {
        if step.mayAdopt, let other = try await newerHit(origin) {
            try await onBlockingThread { try sealed.open()?.discard() }
            return LeaseCommit(snapshot: other, isAdopted: true)
        }
        let milliseconds = (now().nanoseconds - lease.created.nanoseconds) / 1_000_000
        let snapshot = try await commit(origin, sealed, milliseconds: milliseconds)
        return LeaseCommit(snapshot: snapshot.id, isAdopted: false)
    }

    private func newerHit(_ origin: StepOrigin) async throws(Failure) -> String? {
        let lookup = try await lookUp(origin.identity, step: origin.step, revision: origin.revision)
        if case .hit(let record) = lookup.outcome { return record.snapshot }
        return nil
    }

    private func origin(of step: LeasedStep, in lease: Lease) async throws(Failure) -> StepOrigin {
        var parent: Snapshot?
        if let id = step.parent { parent = try await visibleSnapshot(id, in: nil) }
        var revision: RevisionView?
        if let digest = step.revision, let number = step.ingest {
            guard let ingest = try await catalog.ingest(number: number) else {
                throw Failure(
                    .revisionGone, "the revision that lease \(lease.id) stands on is gone",
                    fix: "discard the lease and take a new one")
            }
            revision = RevisionView(
                manifest: try await revisions.manifest(digest), ingest: number, ingested: ingest.ingested)
        }
        return StepOrigin(
            step: step.key, identity: step.identity, image: step.image, parent: parent, revision: revision,
            maker: lease.id)
    }

    /// Unmounts the lease's trees and waits until nobody can write to them any more.
    ///
    /// - Throws: `lease-busy`.
    private func release(_ lease: Lease) async throws -> Parcel<QuietStep> {
        let tree = LeaseTree(lease, in: sandbox.mountsDirectory)
        let draining = leases.takeDraining(lease.id)
        return try await onBlockingThread { [layers, leases] in
            let devices = tree.devices()
            let mounted: Parcel<MountedStep>
            if let draining { mounted = draining } else { mounted = try tree.unmounted(devices, in: layers) }
            guard var step = mounted.open() else { throw CancellationError() }
            for _ in 0..<Self.waits {
                switch try step.released(timeout: Self.holdersPatience) {
                case .quiet(let quiet): return Parcel(quiet)
                case .busy(let same): step = same
                }
                // A process that is just starting has a copy of all mounts for a moment.
                if !tree.holders(of: devices).isEmpty { break }
            }
            leases.drain(lease.id, Parcel(step))
            throw tree.busy(devices)
        }
    }

    /// How often that is, while nobody can be seen to hold a copy of the mounts.
    private static let waits = 3
    /// How long a commit waits for the kernel to take overlays down that were just unmounted.
    private static let holdersPatience = Duration.seconds(5)
}

extension LeaseTree {
    /// How often an unmount is tried while nobody can be seen to use the tree.
    private static let tries = 20

    /// Unmounts, or throws `lease-busy` with everything as it was.
    fileprivate func unmounted(
        _ devices: Set<DeviceNumber>, in store: LayerStore
    ) throws -> Parcel<MountedStep> {
        guard try isMounted(), var mount = try mount() else {
            throw Failure(
                .leaseEnded, "somebody has unmounted the trees of lease \(lease.id)",
                fix: "take a new lease, and leave its mounts to the daemon")
        }
        let step: MountedStep
        do {
            step = try reopened(in: store)
        } catch {
            mount.abandon()
            throw error
        }
        for _ in 0..<Self.tries {
            switch try mount.unmount() {
            case .done: return Parcel(step)
            case .busy(let same): mount = same
            }
            // A look at the tree by somebody who is gone by now holds nothing up.
            if !holders(of: devices).isEmpty { break }
        }
        mount.abandon()
        step.abandon()
        throw busy(devices)
    }

    func busy(_ devices: Set<DeviceNumber>) -> Failure {
        let holders = holders(of: devices)
        return Failure(
            .leaseBusy,
            "the tree of lease \(lease.id) is in use"
                + (holders.isEmpty ? " by a mount in another namespace" : " by \(holders)"),
            fix: "end those processes and mount namespaces, then try again")
    }
}
