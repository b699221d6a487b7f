import Catalog
import Layers
import Linux
import Logging
package import Model

extension Engine {
    /// Gives a lease up: its mounts and what was written are gone when this returns.
    ///
    /// - Parameter force: ends the processes of its bundle, and takes the tree from whoever else uses it.
    /// - Throws: `lease-busy` unless forced; `not-found`. A lease that has ended is left as it ended.
    package func discardLease(_ id: String, force: Bool, in reach: Reach) async throws(Failure) {
        try await leases.turns.withTurn(id) { () async throws(Failure) in
            let lease = try await visibleLease(id, in: reach)
            guard lease.end == nil else { return }
            if !force { try await unmountIfUnused(lease) }
            await endLease(lease, as: .discarded)
        }
    }

    /// Ends a lease whose time is up.
    func expire(_ id: String) async {
        await leases.turns.withTurn(id) {
            guard let lease = leases.lease(id), lease.end == nil else { return }
            // It may have been renewed while this waited for its turn.
            guard lease.expires <= now() else { return expireInTime(lease) }
            logger.notice("lease expired", metadata: ["lease": "\(id)"])
            await endLease(lease, as: .expired)
        }
    }

    /// Ends a lease that has written more than it may, with its processes.
    func endOverrun(_ id: String) async {
        await leases.turns.withTurn(id) {
            guard let failure = leases.watch(of: id)?.verdict, let lease = leases.lease(id), lease.end == nil
            else { return }
            logger.warning(
                "lease ended for what it wrote", metadata: ["lease": "\(id)", "error": "\(failure)"])
            await endLease(lease, as: .overran(failure))
        }
    }

    private func unmountIfUnused(_ lease: Lease) async throws(Failure) {
        let tree = tree(of: lease)
        do {
            try await onBlockingThread { try tree.unmount() }
        } catch {
            throw Failure.wrapping(error, to: "unmount lease \(lease.id)")
        }
    }

    /// Ends the bundle's processes, takes the mounts away whoever uses them, and gives up what was written.
    ///
    /// What resists is left to the next start, which knows it by its number.
    func endLease(_ lease: Lease, as end: LeaseEnd) async {
        let tree = tree(of: lease)
        // First on record: from here on nothing can commit it.
        let isRecorded = await saveOrLog(lease.ending(as: end), Self.unrecordedEnd)
        do {
            try await sandbox.end(lease.id)
        } catch {
            logger.warning(
                "a lease's processes resist", metadata: ["lease": "\(lease.id)", "error": "\(error)"])
        }
        await leaveNothing(of: lease, "what a lease wrote stays behind") { [layers] in
            try tree.unmountAll()
            if let step = lease.step { try layers.bury(active: step.active) }
        }
        await leaveNothing(of: lease, "a lease's bundle stays behind") { try tree.removeBundle() }
        // Not before: while it is watched, nobody else is ended for want of the room that it takes.
        await emptyGraveyardIfExhausted()
        if isRecorded { forget(lease) } else { await recordEndWhenPossible(lease.ending(as: end)) }
    }

    /// Takes something of a lease away, or says in the log what stays behind until the next start.
    ///
    /// - Parameter body: blocks.
    func leaveNothing(
        of lease: Lease, _ failing: Logger.Message, _ body: @escaping @Sendable () throws -> Void
    ) async {
        do {
            try await onBlockingThread(body)
        } catch {
            logger.warning(failing, metadata: ["lease": "\(lease.id)", "error": "\(error)"])
        }
    }

    /// Writes the lease's end down, and lets go of what was held for it.
    func recordEnd(of lease: Lease, as end: LeaseEnd) async {
        await recordEndWhenPossible(lease.ending(as: end))
    }

    /// Puts a lease's end on record and lets go of what was held for it. Where that can't be written, as on a full disk, it
    /// is known by this life of the daemon, which tries again.
    private func recordEndWhenPossible(_ ended: Lease) async {
        guard await saveOrLog(ended, Self.unrecordedEnd) else {
            return leases.expiries.set(ended.id, at: .now + Self.recordPause) { [weak self] in
                guard let self else { return }
                await leases.turns.withTurn(ended.id) { await self.recordEndWhenPossible(ended) }
            }
        }
        forget(ended)
    }

    private static let unrecordedEnd: Logger.Message = "a lease's end can't be written down yet"
    /// How long it takes until a lease's end is tried to be written down once more.
    private static let recordPause = Duration.seconds(5)

    /// Puts a lease on record as it is now, or says in the log what it means that this can't be done.
    @discardableResult
    func saveOrLog(_ lease: Lease, _ failing: Logger.Message) async -> Bool {
        leases.keep(lease)
        do {
            try await catalog.save(lease)
            return true
        } catch {
            logger.error(failing, metadata: ["lease": "\(lease.id)", "error": "\(error)"])
            return false
        }
    }

    /// Lets go of what was held for a lease whose end is on record.
    func forget(_ lease: Lease) {
        if let watch = leases.watch(of: lease.id) { disk.forget(watch) }
        leases.forget(lease.id)
        upkeep.request()
    }
}

extension Lease {
    func ending(as end: LeaseEnd) -> Lease {
        var lease = self
        lease.end = end
        return lease
    }
}
