package import Logging
package import Model
import Sandbox

extension Engine {
    /// Opens or creates the store, and brings it in order before anything can be asked of it. No store is made
    /// under a configuration that can't run a step.
    ///
    /// - Throws: `runtime-missing`, `configuration-invalid`, `store-locked`, `store-too-new`, `store-damaged`,
    ///   `overlay-unsupported`, `storage-full`, `storage-failed`.
    package static func open(
        _ configuration: EngineConfiguration, logger: Logger
    ) async throws(Failure) -> Engine {
        try StepSandbox.check(configuration)
        let store = try Store(path: configuration.storePath)
        let engine = try Engine(store: store, configuration: configuration, logger: logger)
        try await engine.recover()
        try await engine.watchLeases()
        engine.metrics.declare()
        try await engine.resumeRuns()
        engine.disk.begin { [weak engine] state, before in await engine?.heed(state, before) }
        engine.upkeep.begin(every: .seconds(600)) { [weak engine] in await engine?.collect() }
        engine.upkeep.request()
        engine.squashing.begin { [weak engine] in
            await engine?.squashChains()
            await engine?.squashVersions()
        }
        engine.squashing.request()
        engine.fingerprinting.begin { [weak engine] in await engine?.fingerprintLayers() }
        engine.scans.begin { [logger] in reportUnwrittenScan($0, to: logger) }
        return engine
    }

    private static func reportUnwrittenScan(_ failure: any Error, to logger: Logger) {
        logger.warning("a scan cache can't be kept", metadata: ["error": "\(failure)"])
    }

    /// Leaves the runs under way to a later life of the daemon: their steps go on, and what waits to be committed then
    /// is. Commits of runs under way come to their end. What else is asked is still answered, until `close()`.
    package func handOver() async {
        _ = liveRuns.close()
        await shells.endAll()
        await commits.close()
        await closeBackground()
    }

    /// Ends every run, waits for their clean-up, and stops what works in the background. What else is asked is still
    /// answered, until `close()`.
    package func shutDown() async {
        let runs = liveRuns.close()
        for run in runs { await end(run, because: .shutDown) }
        await shells.endAll()
        for run in runs { await run.finished() }
        await closeBackground()
    }

    /// Stops what works in the background. Steps that go on are ended for what they write by a later life only,
    /// which can then put the reason on record.
    private func closeBackground() async {
        leases.expiries.close()
        await disk.close()
        await squashing.close()
        await upkeep.close()
        await scans.close { Self.reportUnwrittenScan($0, to: logger) }
        await fingerprinting.close()
        await durability.flush()
    }

    /// Makes durable what was answered while the daemon stopped. Nothing may be asked of the engine afterwards, and the
    /// process should end.
    package func close() async {
        await durability.flush()
        await sandbox.shutDown()
    }
}
