import Catalog
import Layers
import Linux
package import Model

extension Engine {
    /// Goes once through all that every operation needs: a thread for blocking calls, the store's directory, the
    /// catalog's readers and its one writer. Returns when that has answered; one that hangs keeps it from returning.
    ///
    /// - Throws: `storage-failed` for a store that can't be read, or a catalog that can't be written.
    package func checkLiveness() async throws(Failure) {
        do {
            try await onBlockingThread { [store] in _ = try store.directory.entryNames() }
        } catch {
            throw Failure.wrapping(error, to: "read the store")
        }
        _ = try await catalog.unfinishedRuns()
        try await catalog.passThroughWriter()
    }
}
