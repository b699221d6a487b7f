package import Linux
package import Model
import Synchronization

/// Tells work on a blocking thread that nobody wants its result any more.
package final class Cancellation: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isCancelled: Bool { flag.load(ordering: .relaxed) }

    package func cancel() { flag.store(true, ordering: .relaxed) }

    /// - Throws: `cancelled` after `cancel()`.
    package func check() throws(Failure) {
        if isCancelled {
            throw Failure(.cancelled, "the operation was cancelled", fix: "start it again")
        }
    }
}

/// Runs blocking work that looks at its cancellation on a thread of `pool`, as `onBlockingThread` does, and cancels it
/// with the task.
package func cancellable<T: Sendable>(
    of pool: BlockingPool? = nil, _ body: @escaping @Sendable (Cancellation) throws -> T
) async throws -> T {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await onBlockingThread(of: pool) { try body(cancellation) }
    } onCancel: {
        cancellation.cancel()
    }
}
