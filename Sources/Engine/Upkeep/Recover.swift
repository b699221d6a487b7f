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
    /// Processes first, since they hold mounts; then mounts, since they hold layers; then what the catalog
    /// knows and the disk does not have; last what the disk has and the catalog does not know.
    func recover() async throws(Failure) {
        do {
            let leases = try await recoverLeases()
            try await sandbox.sweep(keeping: Set(leases.map(\.id)))
            try await giveUpLostLayers()
            try await endUnfinishedRuns()
            let known = try await catalog.layerNumbers()
            let active = Set(leases.compactMap(\.layers.active))
            let swept = try await onBlockingThread { [layers] in
                try layers.sweep(claimed: known, holding: active)
            }
            try await onBlockingThread { [store] in try store.removeUnfinishedFiles() }
            for name in swept.foreign {
                logger.warning("a file that is not Varve's lies in the store", metadata: ["name": "\(name)"])
            }
            for layer in swept.missingLayers {
                logger.error("a layer of the catalog is not on the disk", metadata: ["layer": "\(layer)"])
            }
            // After a power cut the catalog may be older than the disk: numbers the disk has seen are not
            // given out again.
            if let highest = (swept.unknownLayers + swept.unfinished).max() {
                _ = try await catalog.reserveLayers(1, atLeast: highest.number + 1)
            }
        } catch {
            throw Failure.wrapping(error, to: "bring the store in order")
        }
    }

    private func giveUpLostLayers() async throws {
        let (boot, last) = (try SystemClock.bootID(), try await catalog.lastBoot())
        let rebooted = last != nil && last != boot
        var lost = rebooted ? Set(try await catalog.layersNotDurable()) : []
        let claimed = try await catalog.layerNumbers()
        lost.formUnion(
            try await onBlockingThread { [layers] in try claimed.filter { try !layers.contains($0) } })
        let report = try await catalog.giveUp(lost, entering: boot)
        guard !report.isEmpty else { return }
        logger.warning(
            "layers were lost, and with them what stood on them",
            metadata: [
                "layers": "\(lost.count)", "snapshots": "\(report.snapshots.joined(separator: " "))",
                "images": "\(report.images.joined(separator: " "))", "revisions": "\(report.revisions.count)",
                "rebooted": "\(rebooted)",
            ])
    }

    /// Ends the runs that were under way when the daemon went away.
    private func endUnfinishedRuns() async throws {
        for run in try await catalog.unfinishedRuns() {
            let failure = Failure(
                .shuttingDown, "the daemon went away while the run was under way", fix: "start the run again")
            var events: [Event.Kind] = []
            for var step in try await catalog.steps(of: run.id) where step.status == nil {
                step.status = .error
                step.errorCode = failure.code
                try await catalog.update(step)
                events.append(.stepEnd(StepEnd(step: step.step, status: .error, error: failure)))
            }
            var record = run
            record.status = .error
            record.exitCode = RunStatus.error.exitCode
            record.ended = now()
            events.append(
                .buildEnd(
                    status: .error, exitCode: RunStatus.error.exitCode, milliseconds: 0,
                    executed: record.executed,
                    cacheHits: record.cacheHits))
            let (id, time, last) = (run.id, now(), events)
            try await onBlockingThread { [store] in
                guard let directory = try? store.openRunDirectory(id) else { return }
                try RunJournal(resuming: directory).append(last, at: time)
            }
            try await catalog.update(record)
        }
    }
}
