import Linux
import NIOCore
import Synchronization

/// Whether the client of a stream is still there: what waits for something to send is woken when it leaves.
///
/// The library's own way of noticing it loses a race at the end of short answers and takes the process down with it.
final class ClientPresence: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var isGone = false
        var wait: (@Sendable () -> Void)?
    }

    init(_ connection: Connection) {
        connection.channel.closeFuture.whenComplete { [weak self] _ in self?.leave() }
    }

    /// Waits for `body`, which is cancelled when the client leaves.
    func whileThere<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task(executorPreference: BlockingPool.background) { try await body() }
        let isGone = state.withLock { state in
            state.wait = { task.cancel() }
            return state.isGone
        }
        if isGone { task.cancel() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func leave() {
        let wait = state.withLock { state in
            state.isGone = true
            return state.wait
        }
        wait?()
    }
}
