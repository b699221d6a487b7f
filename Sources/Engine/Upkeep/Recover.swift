import Catalog
import Layers
import Linux
import Logging
import Model
import Sandbox

extension Engine {
    /// Brings the disk in line with the catalog: what an earlier life of this store left over is gone when
    /// this returns, and nothing of another store is touched.
    ///
    /// What is to be done is worked out first (`RecoveryPlan`). Then processes, since they hold mounts; then mounts,
    /// since they hold layers; then what the catalog knows and the disk does not have; last what the disk has and the
    /// catalog does not know.
    func recover() async throws(Failure) {
        do {
            let content = try await catalog.content()
            let left = try await findLeftRuns()
            let host = try await hostState(content, left)
            let listing = try await onBlockingThread { [layers] in try layers.listing() }
            try await carryOut(RecoveryPlan(content, listing, host), beside: left)
        } catch {
            throw Failure.wrapping(error, to: "bring the store in order")
        }
    }

    private func hostState(_ content: CatalogContent, _ left: LeftWork) async throws -> HostState {
        var host = HostState(boot: try SystemClock.bootID(), now: now(), writing: left.active)
        for lease in content.leases where lease.boot == host.boot {
            let tree = tree(of: lease)
            if try await onBlockingThread({ try tree.isMounted() }) { host.mounted.insert(lease.id) }
        }
        return host
    }

    private func carryOut(_ plan: RecoveryPlan, beside left: LeftWork) async throws {
        for lease in plan.ended {
            try await catalog.save(lease)
            logger.notice(
                "a lease has ended while the daemon was away", metadata: ["lease": "\(lease.id)"])
        }
        try await sandbox.sweep(keeping: left.names.union(plan.living.map(\.id)))
        try await giveUp(plan.lost, isAfterBoot: plan.isAfterBoot)
        try await endUnfinishedRuns(but: left.runs)
        try await catalog.dropEmptyWorkspaces()
        let (workspaces, runs) = (try await catalog.workspaceNumbers(), try await catalog.runIDs())
        try await onBlockingThread { [layers, store] in
            try layers.carryOut(plan)
            try store.removeUnfinishedFiles(workspaces: workspaces, runs: runs)
        }
        // The life that committed them may have ended before their turn came.
        durability.add(plan.unsecured)
        for name in plan.foreign {
            logger.warning("a file that is not Varve's lies in the store", metadata: ["name": "\(name)"])
        }
        for (folder, ids) in [("layers", plan.strangeLayers), ("active", plan.strangeActive)] {
            for id in ids {
                logger.warning(
                    "a directory whose number was never given out is set aside",
                    metadata: ["name": "\(folder)/\(id)", "to": "aside/\(folder)-\(id)"])
            }
        }
    }

    private func giveUp(_ lost: [LayerID: RecoveryPlan.Loss], isAfterBoot: Bool) async throws {
        let report = try await catalog.giveUp(Set(lost.keys), entering: try SystemClock.bootID())
        let missing = lost.filter { $0.value == .missing }.keys.sorted()
        for layer in missing.prefix(100) {
            logger.error("a layer of the catalog is not on the disk", metadata: ["layer": "\(layer)"])
        }
        guard !lost.isEmpty else { return }
        logger.warning(
            isAfterBoot
                ? "the machine was started anew: what had not reached the disk is dropped, with what stood on it"
                : "layers were lost, and with them what stood on them",
            metadata: [
                "layers": "\(lost.count)", "missing": "\(missing.count)",
                "snapshots": "\(report.snapshots.joined(separator: " "))",
                "images": "\(report.images.joined(separator: " "))", "revisions": "\(report.revisions.count)",
                "volumes": "\(report.volumes.joined(separator: " "))",
            ])
    }

    /// Ends the runs that were under way when the daemon went away.
    private func endUnfinishedRuns(but left: Set<String>) async throws {
        for run in try await catalog.unfinishedRuns() where !left.contains(run.id) {
            try await endOnRecord(
                run,
                because: Failure(
                    .shuttingDown, "the daemon went away while the run was under way",
                    fix: "start the run again"))
        }
    }

    /// Ends a run of an earlier life of the daemon on record and in its events, and the steps of it that had not ended: with
    /// an error, unless it was said before how it ended.
    func endOnRecord(_ run: RunRecord, because failure: Failure) async throws {
        var events: [Event.Kind] = []
        for var step in try await catalog.steps(of: run.id) where step.status == nil {
            step.status = .error
            step.errorCode = failure.code
            try await catalog.update(step)
            events.append(.stepEnd(StepEnd(step: step.step, status: .error, error: failure)))
        }
        events.append(
            .buildEnd(
                status: .error, exitCode: RunStatus.error.exitCode, milliseconds: 0,
                executed: run.executed, cacheHits: run.cacheHits))
        let (id, time, last) = (run.id, now(), events)
        let told = try await onBlockingThread { [store] () throws -> RunStatus? in
            guard let directory = try? store.openRunDirectory(id) else { return nil }
            let journal = try RunJournal(resuming: directory)
            try journal.append(last, at: time)
            journal.close()
            return journal.toldEnd
        }
        var record = run
        record.status = told ?? .error
        record.exitCode = record.status.exitCode
        record.ended = time
        try await catalog.update(record)
    }
}
