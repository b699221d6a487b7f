package import Catalog
import Linux
package import Model

/// What a store takes on disk.
package struct Usage: Sendable, Hashable {
    /// Bytes of layers by what they are for: image, stub, revision, system, delta.
    package var layers: [String: Int64]
    package var snapshots: Int
    package var workspaces: [WorkspaceUsage]
    /// What the runs wrote: their events, logs included.
    package var runs: RunDirectoriesUsage
    package var freeBytes: Int64
    package var totalBytes: Int64
}

extension Engine {
    /// Adds up what the catalog knows and what runs wrote, and asks the file system what is free.
    ///
    /// - Parameter scope: whose workspaces are told one by one; nil for everybody's.
    package func usage(workspacesOf scope: Scope?) async throws(Failure) -> Usage {
        let bytes = try await catalog.layerBytes()
        let snapshots = try await catalog.snapshotCount()
        let workspaces = try await catalog.workspaceUsage(in: scope)
        let status = try await fileSystemStatus()
        do {
            let runs = try await onBlockingThread { [store] in try store.runDirectoriesUsage() }
            return Usage(
                layers: Dictionary(uniqueKeysWithValues: bytes.map { ($0.key.rawValue, $0.value) }),
                snapshots: snapshots, workspaces: workspaces, runs: runs, freeBytes: status.freeBytes,
                totalBytes: status.totalBytes)
        } catch {
            throw Failure.wrapping(error, to: "add up what runs wrote")
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
