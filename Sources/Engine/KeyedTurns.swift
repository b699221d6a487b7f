import Synchronization

/// Lets one task at a time work on what a key names; the others wait in the order they came.
package final class KeyedTurns<Key: Hashable & Sendable>: Sendable {
    private let waiting = Mutex<[Key: [CheckedContinuation<Void, Never>]]>([:])

    package init() {}

    package func withTurn<Value, Problem: Error>(
        _ key: Key, _ body: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        await take(key)
        defer { pass(key) }
        return try await body()
    }

    /// How many wait for their turn.
    func waiting(for key: Key) -> Int { waiting.withLock { $0[key]?.count ?? 0 } }

    private func take(_ key: Key) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting -> Bool in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func pass(_ key: Key) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard var queue = waiting[key], !queue.isEmpty else {
                waiting[key] = nil
                return nil
            }
            let next = queue.removeFirst()
            waiting[key] = queue
            return next
        }
        next?.resume()
    }
}
