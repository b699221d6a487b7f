import Logging
import Model
import Synchronization

/// Makes committed layers safe from a power cut, off the path of whoever committed them.
///
/// One sync of the store's file system at a time, at most one in five seconds; then one transaction that
/// marks what was committed before the sync began. What could not be made safe is tried again with the next
/// round.
final class DurabilitySync: Sendable {
    private let logger: Logger
    private let secure: @Sendable ([LayerID]) async throws -> Void
    private let state = Mutex(State())

    private struct State: Sendable {
        var pending: [LayerID] = []
        var isWanted = false
        var task: Task<Void, Never>?
    }

    /// - Parameter secure: syncs the file system, then marks the layers; called with none where only something else
    ///   has changed.
    init(logger: Logger, secure: @escaping @Sendable ([LayerID]) async throws -> Void) {
        self.logger = logger
        self.secure = secure
    }

    /// - Parameter layers: what was committed; none where only the catalog has changed.
    func add(_ layers: [LayerID]) {
        state.withLock { state in
            state.pending += layers
            state.isWanted = true
            if state.task == nil { state.task = Task { [self] in await work() } }
        }
    }

    /// Returns when everything added before is durable, or could not be made so.
    func flush() async {
        let task = state.withLock { state in
            let task = state.task
            state.task = nil
            state.isWanted = true
            return task
        }
        task?.cancel()
        await task?.value
        await sync()
    }

    private func work() async {
        while true {
            // A pause, so that a burst of commits costs one sync; cut short by `flush`.
            try? await Task.sleep(for: .seconds(5))
            await sync()
            let isDone = state.withLock { state in
                if !state.isWanted || Task.isCancelled { state.task = nil }
                return state.task == nil
            }
            if isDone { return }
        }
    }

    private func sync() async {
        let layers: [LayerID]? = state.withLock { state in
            guard state.isWanted else { return nil }
            defer { (state.pending, state.isWanted) = ([], false) }
            return state.pending
        }
        guard let layers else { return }
        do {
            try await secure(layers)
        } catch {
            state.withLock { state in
                state.pending += layers
                state.isWanted = true
            }
            logger.error("layers could not be made durable", metadata: ["error": "\(error)"])
        }
    }
}
