import Logging
import Synchronization

/// Runs the store's housekeeping in the background: on request, one round at a time, requests during a round
/// making one more.
final class Upkeep: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var round: (@Sendable () async -> Void)?
        var task: Task<Void, Never>?
        var isWanted = false
        var isClosed = false
    }

    /// Says what a round is; requests before are kept.
    func begin(_ round: @escaping @Sendable () async -> Void) {
        let isWanted = state.withLock { state in
            state.round = round
            return state.isWanted
        }
        if isWanted { request() }
    }

    func request() {
        state.withLock { state in
            state.isWanted = true
            guard state.task == nil, !state.isClosed, let round = state.round else { return }
            state.task = Task { [self] in
                while takeWanted() { await round() }
            }
        }
    }

    /// No round begins any more; the one under way is cancelled and waited for.
    func close() async {
        let task = state.withLock { state in
            state.isClosed = true
            return state.task
        }
        task?.cancel()
        await task?.value
    }

    private func takeWanted() -> Bool {
        state.withLock { state in
            guard state.isWanted, !state.isClosed else {
                state.task = nil
                return false
            }
            state.isWanted = false
            return true
        }
    }
}
