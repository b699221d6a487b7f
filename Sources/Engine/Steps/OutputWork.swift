import Model
import Synchronization

/// Work on callers' directories for outputs, whose file systems may never answer: a task that is cancelled leaves it behind.
///
/// What is left behind goes on until its file system answers, on a thread that nothing else ends. Once a scope has left as
/// much as it may, nothing of it is begun until some of that has ended.
final class OutputWork: Sendable {
    private let limit: Int
    private let patience: Duration
    private let left = Mutex(ScopeTally())

    /// - Parameters:
    ///   - limit: how much a scope may leave behind before it is refused more.
    ///   - patience: how long a cancelled task waits for its work, which is cancelled with it.
    init(limit: Int, patience: Duration) {
        self.limit = limit
        self.patience = patience
    }

    /// Does `work`; for a task that is cancelled, as long as it takes to end then, within limits.
    ///
    /// - Parameter leaving: called once if the work is left behind.
    /// - Throws: as `work`; `cancelled` if it is left behind; `output-failed` if too much is already.
    func perform<Value: Sendable>(
        for scope: Scope, leaving: () -> Void = {},
        _ work: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard left.withLock({ $0[scope] }) < limit else { throw refusal }
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
        } onCancel: { [patience] in
            working.cancel()
            Task {
                try? await Task.sleep(for: patience)
                told.yield(nil)
            }
        }
        if let end { return try end.get() }
        left.withLock { $0.add(scope) }
        Task {
            await working.value
            left.withLock { $0.remove(scope) }
        }
        leaving()
        throw Failure.wrapping(CancellationError(), to: "wait for the directory of outputs")
    }

    /// How much of a scope is left behind.
    func left(of scope: Scope) -> Int { left.withLock { $0[scope] } }

    private var refusal: Failure {
        Failure(
            .outputFailed,
            "\(limit) earlier copies of outputs still wait for a directory that does not answer",
            fix: "unmount what does not answer (umount --force), or end the program that serves it")
    }
}
