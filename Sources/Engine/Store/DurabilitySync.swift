import Catalog
import Linux
import Logging
import Model
import Synchronization

/// Makes committed layers safe from a power cut, off the path of whoever committed them.
///
/// One sync of the store's file system at a time, at most one in five seconds; then one transaction that
/// marks what was committed before the sync began.
final class DurabilitySync: Sendable {
    private let store: Store
    private let logger: Logger
    private let state = Mutex(State())

    private struct State: Sendable {
        var pending: [LayerID] = []
        var task: Task<Void, Never>?
    }

    init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func add(_ layers: [LayerID]) {
        guard !layers.isEmpty else { return }
        state.withLock { state in
            state.pending += layers
            if state.task == nil { state.task = Task { [self] in await work() } }
        }
    }

    /// Returns when everything added before is durable, or could not be made so.
    func flush() async {
        let task = state.withLock { state in
            let task = state.task
            state.task = nil
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
                if state.pending.isEmpty || Task.isCancelled { state.task = nil }
                return state.task == nil
            }
            if isDone { return }
        }
    }

    private func sync() async {
        let layers = state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
        guard !layers.isEmpty else { return }
        do {
            try await onBlockingThread { [store] in try store.directory.descriptor.synchronizeFileSystem() }
            try await store.catalog.markDurable(layers)
        } catch {
            logger.error("layers could not be made durable", metadata: ["error": "\(error)"])
        }
    }
}
