import Model
import Synchronization

/// Lets the first who asks for a key do the work, and gives all who ask meanwhile the same answer.
///
/// One who is cancelled leaves at once, with `cancelled`; the work goes on for the others, and is cancelled
/// with the last.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Answer = Result<Value, Failure>

    private struct Flight: Sendable {
        let number: Int
        var task: Task<Void, Never>?
        var waiters: [Int: CheckedContinuation<Answer, Never>] = [:]
    }

    private struct State: Sendable {
        var flights: [Key: Flight] = [:]
        var tokens = 0
    }

    private let state = Mutex(State())

    func run(
        _ key: Key, _ work: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let token = state.withLock { state in
            state.tokens += 1
            return state.tokens
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let left = state.withLock { state -> Bool in
                    // Whoever was cancelled before this would never be woken.
                    if Task.isCancelled { return true }
                    board(key, token, continuation, &state, work)
                    return false
                }
                if left { continuation.resume(returning: .failure(Self.cancelled)) }
            }
        } onCancel: {
            leave(key, token)
        }
        return try answer.get()
    }

    private func board(
        _ key: Key, _ token: Int, _ continuation: CheckedContinuation<Answer, Never>, _ state: inout State,
        _ work: @escaping @Sendable () async throws(Failure) -> Value
    ) {
        if state.flights[key] == nil {
            var flight = Flight(number: token)
            flight.task = Task {
                let answer: Answer
                do throws(Failure) {
                    answer = .success(try await work())
                } catch {
                    answer = .failure(error)
                }
                land(key, token, answer)
            }
            state.flights[key] = flight
        }
        state.flights[key]?.waiters[token] = continuation
    }

    private func leave(_ key: Key, _ token: Int) {
        let (waiter, abandoned) = state.withLock {
            state -> (CheckedContinuation<Answer, Never>?, Task<Void, Never>?) in
            guard let waiter = state.flights[key]?.waiters.removeValue(forKey: token) else {
                return (nil, nil)
            }
            guard state.flights[key]?.waiters.isEmpty == true else { return (waiter, nil) }
            return (waiter, state.flights.removeValue(forKey: key)?.task)
        }
        // Outside: handlers of a cancellation run at once, and may ask for the lock.
        abandoned?.cancel()
        waiter?.resume(returning: .failure(Self.cancelled))
    }

    private func land(_ key: Key, _ number: Int, _ answer: Answer) {
        let waiters = state.withLock { state -> [CheckedContinuation<Answer, Never>] in
            guard let flight = state.flights[key], flight.number == number else { return [] }
            state.flights[key] = nil
            return Array(flight.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: answer) }
    }

    private static var cancelled: Failure {
        Failure(.cancelled, "the request was cancelled", fix: "start it again when you want it")
    }
}
