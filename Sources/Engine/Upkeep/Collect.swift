import Catalog
import Layers
import Linux
import Logging
import Model

extension Engine {
    /// One round of housekeeping: what is no longer kept loses its rows first, then its directories.
    ///
    /// Results of uncached steps go when their workspace's next run has ended and an hour has passed, those of leases
    /// after a day; old runs and revisions as configured; layers when nothing refers to them.
    func collect() async {
        do {
            let (anHourAgo, aDayAgo) = (
                now().adding(TimeSpan(seconds: -3600)), now().adding(TimeSpan(seconds: -86_400))
            )
            _ = try await catalog.dropResults(
                before: anHourAgo, orphaned: aDayAgo, users: snapshotUsers)
            _ = try await dropRuns(keep: configuration.keepRuns, endedBefore: anHourAgo)
            _ = try await catalog.dropOldIngests(
                keep: configuration.keepRevisions,
                inUse: { [liveRuns] in Set(liveRuns.all.compactMap { $0.frozen.ingest?.number }) })
            try await catalog.dropEndedLeases(before: aDayAgo)
            try await catalog.dropUnreferencedImages(except: { [imageHolds] in imageHolds.held })
            try await dropVersions()
            try await dropUnreferenced()
            try await makeRoom()
            // What has changed is written down beside the layers.
            durability.add([])
        } catch {
            metrics.housekeepingFailed()
            logger.error("housekeeping failed", metadata: ["error": "\(error)"])
        }
    }

    /// Deletes layers and manifests that no row refers to.
    func dropUnreferenced() async throws {
        try await dropUnreferencedLayers()
        let wanted = try await catalog.revisionDigests()
        try await revisions.collect { [catalog] (digest) async throws(Failure) in
            // Known from one query, as nearly all are, or taken in since.
            if wanted.contains(digest) { return true }
            return try await catalog.hasRevision(digest)
        }
        try await emptyGraveyard()
    }

    /// Takes layers that no row refers to out of the store.
    func dropUnreferencedLayers() async throws(Failure) {
        let dropped = try await catalog.dropUnreferencedLayers(except: { [holds] in holds.held })
        guard !dropped.isEmpty else { return }
        do {
            try await onBlockingThread { [layers] in
                for layer in dropped { try layers.remove(layer) }
            }
        } catch {
            throw Failure.wrapping(error, to: "take layers out of the store")
        }
    }
}
