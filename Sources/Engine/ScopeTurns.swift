import Model
import Synchronization

/// Lets so much of something be done at once, half as much for one scope; the others wait in the order they came.
final class ScopeTurns: Sendable {
    private let limit: Int
    private let state = Mutex(State())

    private struct State: Sendable {
        var underWay = ScopeTally()
        /// For none of these there is room.
        var waiting: [Waiting] = []
    }

    private struct Waiting: Sendable {
        let scope: Scope
        let continuation: CheckedContinuation<Void, Never>
    }

    init(limit: Int) { self.limit = limit }

    func withTurn<Value, Problem: Error>(
        of scope: Scope, _ body: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        await take(scope)
        defer { pass(scope) }
        return try await body()
    }

    /// How many wait.
    var waiting: Int { state.withLock { $0.waiting.count } }

    private func take(_ scope: Scope) async {
        await withCheckedContinuation { continuation in
            let hasTurn = state.withLock { state -> Bool in
                guard state.underWay.hasRoom(for: scope, of: limit) else {
                    state.waiting.append(Waiting(scope: scope, continuation: continuation))
                    return false
                }
                state.underWay.add(scope)
                return true
            }
            if hasTurn { continuation.resume() }
        }
    }

    /// One that ends makes room for one at most.
    private func pass(_ scope: Scope) {
        let next = state.withLock { state -> Waiting? in
            state.underWay.remove(scope)
            let underWay = state.underWay
            let index = state.waiting.firstIndex { underWay.hasRoom(for: $0.scope, of: limit) }
            guard let index else { return nil }
            let next = state.waiting.remove(at: index)
            state.underWay.add(next.scope)
            return next
        }
        next?.continuation.resume()
    }
}
