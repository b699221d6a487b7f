import Model
import Synchronization

/// The runs under way in this daemon.
final class LiveRuns: Sendable {
    private let state = Mutex<State>(State())

    private struct State: Sendable {
        var runs: [String: LiveRun] = [:]
        var isClosed = false
    }

    /// - Throws: `shutting-down`, `too-many`.
    func add(_ run: LiveRun, limit: Int) throws(Failure) {
        try state.withLock { state throws(Failure) in
            guard !state.isClosed else { throw .stopping }
            guard state.runs.count < limit else {
                throw Failure(
                    .tooMany, "\(limit) runs are under way already",
                    fix: "wait for one to end, or raise max_runs in the configuration")
            }
            state.runs[run.id] = run
        }
    }

    func remove(_ id: String) { _ = state.withLock { $0.runs.removeValue(forKey: id) } }

    subscript(id: String) -> LiveRun? { state.withLock { $0.runs[id] } }

    var all: [LiveRun] { state.withLock { Array($0.runs.values) } }

    /// Of runs whose end is told.
    var outcomes: [String: RunRecord] {
        Dictionary(uniqueKeysWithValues: all.compactMap { run in run.outcome.map { (run.id, $0) } })
    }

    /// No run is added any more; those there are, for the caller to end.
    func close() -> [LiveRun] {
        state.withLock { state in
            state.isClosed = true
            return Array(state.runs.values)
        }
    }
}
