import Synchronization

/// Calls back for each of many things when its time has come, with one task for all of them.
///
/// Most are taken back before: setting a deadline and taking it back costs no more than a look into a dictionary, unless
/// it is the earliest.
final class Deadlines: Sendable {
    typealias Action = @Sendable () async -> Void

    private struct Deadline: Sendable {
        let time: ContinuousClock.Instant
        let action: Action
    }

    private struct State: Sendable {
        var deadlines: [String: Deadline] = [:]
        /// Sleeps until the earliest there was when it fell asleep.
        var sleeper: (until: ContinuousClock.Instant, task: Task<Void, Never>)?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Calls `action` at `time`, unless another one is set for `key` before, or it is removed.
    func set(_ key: String, at time: ContinuousClock.Instant, _ action: @escaping Action) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.deadlines[key] = Deadline(time: time, action: action)
            if let sleeper = state.sleeper, sleeper.until <= time { return }
            state.sleeper?.task.cancel()
            state.sleeper = (time, sleep(until: time))
        }
    }

    func remove(_ key: String) { state.withLock { _ = $0.deadlines.removeValue(forKey: key) } }

    /// No action is called any more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.deadlines = [:]
            state.sleeper?.task.cancel()
            state.sleeper = nil
        }
    }

    private func sleep(until time: ContinuousClock.Instant) -> Task<Void, Never> {
        Task { [weak self] in
            guard (try? await Task.sleep(until: time, clock: .continuous)) != nil else { return }
            for action in self?.due() ?? [] { Task { await action() } }
        }
    }

    /// Takes out what is due, and sleeps on for the others.
    private func due() -> [Action] {
        state.withLock { state in
            // Cancelled too late: another one sleeps in its place.
            guard !Task.isCancelled else { return [] }
            let now = ContinuousClock.now
            let due = state.deadlines.filter { $0.value.time <= now }
            for key in due.keys { state.deadlines[key] = nil }
            state.sleeper = state.deadlines.values.map(\.time).min().map { ($0, sleep(until: $0)) }
            return due.values.map(\.action)
        }
    }
}
