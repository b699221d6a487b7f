import Model
import Synchronization

/// Work on callers' directories for outputs, whose file systems may never answer: a task that is cancelled leaves it behind.
///
/// What is left behind goes on until its file system answers, on a thread that nothing else ends. Once a scope has left as
/// much as it may, nothing of it is begun until some of that has ended, and what waits for its turn is refused. Since what is
/// left behind counts as under way, no scope has more such threads than its turns, whatever is cancelled when.
final class OutputWork: Sendable {
    private let limits: Limits
    private let state = Mutex(State())

    /// Of one scope.
    struct Limits: Sendable {
        /// How much is under way; more waits for its turn.
        var underWay: Int
        /// How much is left behind before more is refused.
        var left: Int
        /// How long a cancelled task waits for its work, which is cancelled with it.
        var patience: Duration
    }

    private struct State: Sendable {
        var underWay = ScopeTally()
        var left = ScopeTally()
        /// In the order they came.
        var waiting: [Waiting] = []
        /// Tickets of those that waited, have their turn and don't know it yet.
        var called: Set<UInt64> = []
        var lastTicket: UInt64 = 0
    }

    private struct Waiting: Sendable {
        let scope: Scope
        let ticket: UInt64
        let turn: AsyncStream<Never>.Continuation
    }

    init(_ limits: Limits) { self.limits = limits }

    /// Does `work`; for a task that is cancelled, as long as it takes to end then, within limits.
    ///
    /// - Parameter leaving: called once if the work is left behind.
    /// - Throws: as `work`; `cancelled` if it is left behind, or not begun; `output-failed` if too much is left already.
    func perform<Value: Sendable>(
        for scope: Scope, leaving: () -> Void = {},
        _ work: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await takeTurn(of: scope)
        // The first that is told counts; nil for the end of the patience.
        let (ends, told) = AsyncStream.makeStream(
            of: Result<Value, Failure>?.self, bufferingPolicy: .bufferingOldest(1))
        let working = Task {
            do throws(Failure) {
                told.yield(.success(try await work()))
            } catch {
                told.yield(.failure(error))
            }
        }
        // The wait for a task goes on also when the one who waits is cancelled.
        let ending = Task { await ends.first { _ in true } ?? nil }
        let end = await withTaskCancellationHandler {
            await ending.value
        } onCancel: { [limits] in
            working.cancel()
            Task {
                try? await Task.sleep(for: limits.patience)
                told.yield(nil)
            }
        }
        if let end {
            passTurn(of: scope)
            return try end.get()
        }
        leave(scope)
        Task {
            await working.value
            state.withLock { $0.left.remove(scope) }
            passTurn(of: scope)
        }
        leaving()
        throw OutputWork.cancelled
    }

    /// How much of a scope is under way, with what is left behind.
    func underWay(of scope: Scope) -> Int { state.withLock { $0.underWay[scope] } }

    /// How much of a scope is left behind.
    func left(of scope: Scope) -> Int { state.withLock { $0.left[scope] } }

    /// How much of a scope waits for its turn.
    func waiting(of scope: Scope) -> Int { state.withLock { $0.waiting.count { $0.scope == scope } } }

    // MARK: - Turns

    private func takeTurn(of scope: Scope) async throws(Failure) {
        let (turns, turn) = AsyncStream.makeStream(of: Never.self)
        let ticket = try state.withLock { state throws(Failure) -> UInt64? in
            guard state.left[scope] < limits.left else { throw refusal }
            guard state.underWay[scope] >= limits.underWay else {
                state.underWay.add(scope)
                return nil
            }
            state.lastTicket += 1
            state.waiting.append(Waiting(scope: scope, ticket: state.lastTicket, turn: turn))
            return state.lastTicket
        }
        guard let ticket else { return }
        // Ends with the turn, with a refusal, or when this task is cancelled.
        for await _ in turns {}
        try state.withLock { state throws(Failure) in
            if let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) {
                state.waiting.remove(at: index)
                throw OutputWork.cancelled
            }
            guard state.called.remove(ticket) != nil else { throw refusal }
        }
    }

    /// One that ends makes room for one of the same scope.
    private func passTurn(of scope: Scope) {
        let next = state.withLock { state -> Waiting? in
            guard let index = state.waiting.firstIndex(where: { $0.scope == scope }) else {
                state.underWay.remove(scope)
                return nil
            }
            let next = state.waiting.remove(at: index)
            state.called.insert(next.ticket)
            return next
        }
        next?.turn.finish()
    }

    /// Counts work as left behind. With as much as there may be, nobody of the scope is to wait for a turn that may never come.
    private func leave(_ scope: Scope) {
        let refused = state.withLock { state -> [Waiting] in
            state.left.add(scope)
            guard state.left[scope] >= limits.left else { return [] }
            let refused = state.waiting.filter { $0.scope == scope }
            state.waiting.removeAll { $0.scope == scope }
            return refused
        }
        for waiting in refused { waiting.turn.finish() }
    }

    private static var cancelled: Failure {
        Failure.wrapping(CancellationError(), to: "wait for the directory of outputs")
    }

    private var refusal: Failure {
        Failure(
            .outputFailed,
            "\(limits.left) earlier copies of outputs still wait for a directory that does not answer",
            fix: "unmount what does not answer (umount --force), or end the program that serves it")
    }
}
