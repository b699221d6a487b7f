import Catalog
import Linux
package import Model

/// What a store takes on disk.
package struct Usage: Sendable, Hashable {
    /// Bytes of layers by what they are for: image, stub, revision, system, delta.
    package var layers: [String: Int64]
    package var snapshots: Int
    package var freeBytes: Int64
    package var totalBytes: Int64
}

extension Engine {
    /// Adds up what the catalog knows, and asks the file system what is free.
    package func usage() async throws(Failure) -> Usage {
        let bytes = try await catalog.layerBytes()
        let snapshots = try await catalog.snapshotCount()
        do {
            let status = try await onBlockingThread { [store] in try store.directory.fileSystemStatus() }
            return Usage(
                layers: Dictionary(uniqueKeysWithValues: bytes.map { ($0.key.rawValue, $0.value) }),
                snapshots: snapshots, freeBytes: status.freeBytes, totalBytes: status.totalBytes)
        } catch {
            throw Failure.wrapping(error, to: "look at the store's file system")
        }
    }
}
