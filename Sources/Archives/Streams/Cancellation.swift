package import Model
import Synchronization

/// Tells work on a blocking thread that nobody wants its result any more.
package final class Cancellation: Sendable {
    private let isCancelled = Atomic(false)

    package init() {}

    package func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// - Throws: `cancelled` after `cancel()`.
    package func check() throws(Failure) {
        if isCancelled.load(ordering: .relaxed) {
            throw Failure(.cancelled, "the operation was cancelled", fix: "start it again")
        }
    }
}
