import Synchronization

/// Runs rounds of one job in the background: on request and now and then, one at a time, requests during a round and in the
/// pause behind it making one more.
final class BackgroundRounds: Sendable {
    /// Between two rounds, so that a run of short steps is not slowed down by one after each of them.
    private static let pause = Duration.seconds(1)

    private let state = Mutex(State())

    private struct State: Sendable {
        var round: (@Sendable () async -> Void)?
        var task: Task<Void, Never>?
        var clock: Task<Void, Never>?
        var isWanted = false
        var isClosed = false
    }

    /// Says what a round is; requests before are kept.
    ///
    /// - Parameter interval: after which there is a round also if nobody asks, for what goes by its age; nil for never.
    func begin(every interval: Duration? = nil, _ round: @escaping @Sendable () async -> Void) {
        let isWanted = state.withLock { state in
            state.round = round
            if let interval, !state.isClosed {
                state.clock = Task { [weak self] in
                    while (try? await Task.sleep(for: interval)) != nil, let self { self.request() }
                }
            }
            return state.isWanted
        }
        if isWanted { request() }
    }

    func request() {
        state.withLock { state in
            state.isWanted = true
            guard state.task == nil, !state.isClosed, let round = state.round else { return }
            state.task = Task { [self] in
                while takeWanted() {
                    await round()
                    // Cut short by `close`.
                    try? await Task.sleep(for: Self.pause)
                }
            }
        }
    }

    /// No round begins any more; the one under way is cancelled and waited for.
    func close() async {
        let task = state.withLock { state in
            state.isClosed = true
            state.clock?.cancel()
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
