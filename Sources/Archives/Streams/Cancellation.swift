import Linux
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

/// Runs blocking work that looks at its cancellation on a thread of its own, and cancels it with the task.
package func cancellable<T: Sendable>(
    _ body: @escaping @Sendable (Cancellation) throws -> T
) async throws -> T {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await onBlockingThread { try body(cancellation) }
    } onCancel: {
        cancellation.cancel()
    }
}
