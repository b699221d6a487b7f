import Catalog
import Linux
import Model
import SystemPackage

extension Engine {
    /// A lease that begins now, of which nothing is on record or mounted yet.
    func newLease(
        _ scope: Scope, _ holder: LeaseHolder, _ subject: Lease.Subject, _ layers: LeasedLayers,
        workspaceTarget: StepPath?, _ lifetime: TimeSpan
    ) throws(Failure) -> Lease {
        do {
            return Lease(
                id: TimedID.next(at: now()), scope: scope, holder: holder, subject: subject, layers: layers,
                workspaceTarget: workspaceTarget, created: now(), expires: now().adding(lifetime),
                boot: try SystemClock.bootID())
        } catch {
            throw Failure.wrapping(error, to: "prepare a lease")
        }
    }

    /// Puts the lease on record, makes its mounts, lets the holder in, and watches it until it ends. Who finds it on record
    /// meanwhile waits for his turn.
    ///
    /// - Parameters:
    ///   - name: of the lease, for people.
    ///   - mount: makes the mounts. Blocks.
    func establish(
        _ lease: Lease, _ name: String, _ mount: @escaping @Sendable (LeaseTree) throws -> Void
    ) async throws(Failure) -> LeaseTree {
        try await leases.turns.withTurn(lease.id) { () async throws(Failure) in
            try await establishInTurn(lease, name, mount)
        }
    }

    private func establishInTurn(
        _ lease: Lease, _ name: String, _ mount: @escaping @Sendable (LeaseTree) throws -> Void
    ) async throws(Failure) -> LeaseTree {
        let tree = tree(of: lease)
        let hold = holds.hold(lease.layers.all)
        let mounted: Result<Void, any Error>
        do {
            mounted = try await onBlockingThread { [catalog] in
                // The record first: what a crash leaves from here on is known to be this lease's.
                guard try catalog.add(lease) else { throw Self.layersGone(name) }
                return Result {
                    try mount(tree)
                    try tree.handOver()
                }
            }
        } catch {
            throw Failure.wrapping(error, to: "put \(name) on record")
        }
        if case .failure(let error) = mounted {
            await endLease(lease, as: .discarded)
            throw Failure.wrapping(error, to: "prepare \(name)")
        }
        watch(lease, hold)
        return tree
    }
}
