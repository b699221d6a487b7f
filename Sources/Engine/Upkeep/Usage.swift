package import Catalog
import Linux
package import Model
import SystemPackage

/// What a store takes on disk.
package struct Usage: Sendable, Hashable {
    /// Bytes of layers by what they are for.
    package var layers: [LayerKind: Int64]
    package var snapshots: Int
    package var volumes: Int
    package var workspaces: [WorkspaceUsage]
    /// What the runs wrote: their events, logs included.
    package var runs: RunDirectoriesUsage
    /// Bytes of what is being written, of what waits to be deleted, of the catalog and what else the store keeps, and
    /// of what no record claims.
    package var active: Int64
    package var dead: Int64
    package var own: Int64
    package var unaccounted: Int64
    /// How full the disk is by the operator's marks.
    package var disk: DiskState
    package var freeBytes: Int64
    package var totalBytes: Int64

    fileprivate static let mostWalks = 5
}

extension Engine {
    /// Adds up what the catalog knows of layers and what everything else in the store's directory takes, and asks the
    /// file system what is free. All together is what `du` says of that directory.
    ///
    /// - Parameter reach: whose workspaces are told one by one.
    package func usage(workspacesIn reach: Reach) async throws(Failure) -> Usage {
        let snapshots = try await catalog.snapshotCount()
        let volumes = try await catalog.volumeCount()
        let workspaces = try await catalog.workspaceUsage(in: reach)
        let status = try await fileSystemStatus()
        let state = try await disk.look()
        let (layers, amounts) = try await amounts()
        return Usage(
            layers: layers, snapshots: snapshots, volumes: volumes, workspaces: workspaces,
            runs: amounts.runs,
            active: amounts.active.bytes,
            dead: amounts.dead.bytes, own: amounts.own.bytes, unaccounted: amounts.unaccounted.bytes,
            disk: state, freeBytes: status.freeBytes, totalBytes: status.totalBytes)
    }

    /// Bytes of layers as the catalog has them, and what the rest takes.
    ///
    /// One walk at a time, whoever asks: the others get what it finds. If layers come or go meanwhile, which would be
    /// counted twice or not at all, it is made again, up to `Usage.mostWalks` times.
    private func amounts() async throws(Failure) -> ([LayerKind: Int64], StoreAmounts) {
        try await walks.run(0) { [catalog, store] () async throws(Failure) in
            var claimed = try await catalog.layerNumbers()
            var walk = 1
            while true {
                let layers = try await catalog.layerBytes()
                let amounts: StoreAmounts
                do {
                    amounts = try await onBlockingThread { [claimed] in try store.amounts(claimed: claimed) }
                } catch {
                    throw Failure.wrapping(error, to: "add up what the store takes")
                }
                let now = try await catalog.layerNumbers()
                if now == claimed || walk == Usage.mostWalks { return (layers, amounts) }
                claimed = now
                walk += 1
            }
        }
    }

    /// How full the store's file system is.
    func fileSystemStatus() async throws(Failure) -> FileSystemStatus {
        do {
            return try await onBlockingThread { [store] in try store.directory.fileSystemStatus() }
        } catch {
            throw Failure.wrapping(error, to: "look at the store's file system")
        }
    }
}
