import Linux
import Synchronization

/// Does `change` over and over on a thread of its own for as long as `body` runs.
func repeating<T: Sendable>(
    _ change: @escaping @Sendable () throws -> Void, while body: () async throws -> T
) async throws -> T {
    let end = RepetitionEnd()
    async let changes: Void = onBlockingThread { while !end.isReached { try change() } }
    let result: T
    do {
        result = try await body()
    } catch {
        end.reach()
        try await changes
        throw error
    }
    end.reach()
    try await changes
    return result
}

private final class RepetitionEnd: Sendable {
    private let state = Mutex(false)

    var isReached: Bool { state.withLock { $0 } }

    func reach() { state.withLock { $0 = true } }
}
