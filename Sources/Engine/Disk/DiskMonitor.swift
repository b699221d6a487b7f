import Archives
import Linux
import Logging
import Model
import Synchronization

/// Looks at the disk below the store again and again, and at what running steps write.
///
/// Every five seconds, and five times a second while a step runs; what the store takes is added up less
/// often where that takes long. Whoever wants to know looks for himself; a change of level is told to one
/// listener.
final class DiskMonitor: Sendable {
    typealias Listener = @Sendable (_ now: DiskState, _ before: DiskState.Level?) async -> Void

    private let read: @Sendable (_ countingStore: Bool) async throws(Failure) -> DiskReading
    private let measure: @Sendable (LayerID, _ enough: Int64) async throws(Failure) -> DiskAmount
    private let logger: Logger
    private let state: Mutex<State>

    /// What may come from outside by the budget.
    let incoming = IncomingRoom()

    /// One look at the disk.
    struct Look: Sendable {
        let reading: DiskReading
        let state: DiskState
        /// When what the store takes was added up.
        let counted: ContinuousClock.Instant
    }

    private struct State: Sendable {
        var marks: DiskMarks
        var last: Look?
        /// Of adding up what the store takes.
        var pace = MeasuringPace()
        var listener: Listener?
        var watches: [LayerID: StepDiskWatch] = [:]
        var rounds: Task<Void, Never>?
        var watching: Task<Void, Never>?
        var isClosed = false
    }

    private static let usualPause = Duration.seconds(5)
    private static let watchPause = Duration.milliseconds(200)

    /// - Parameters:
    ///   - read: reads the disk, and what the store takes of it only where that counts.
    ///   - measure: what a running step has written, or as much of it as is enough.
    init(
        marks: DiskMarks, logger: Logger,
        read: @escaping @Sendable (Bool) async throws(Failure) -> DiskReading,
        measure: @escaping @Sendable (LayerID, Int64) async throws(Failure) -> DiskAmount
    ) {
        state = Mutex(State(marks: marks))
        self.logger = logger
        self.read = read
        self.measure = measure
    }

    // MARK: - The disk

    /// What counts from the next look on.
    var marks: DiskMarks {
        get { state.withLock { $0.marks } }
        set { state.withLock { $0.marks = newValue } }
    }

    /// The newest look; nil before the first one.
    var last: Look? { state.withLock { $0.last } }

    /// Looks now.
    @discardableResult
    func look() async throws(Failure) -> DiskState { try await look(counting: true) }

    /// - Parameter counting: whether what the store takes is added up where there is a budget; else it is what
    ///   it was the last time.
    private func look(counting: Bool) async throws(Failure) -> DiskState {
        let marks = marks
        let known = counting ? nil : last
        var reading = try await read(known == nil && marks.budget != nil)
        if let known { reading.storeBytes = known.reading.storeBytes }
        let look = Look(
            reading: reading, state: DiskState(reading, by: marks), counted: known?.counted ?? .now)
        if known == nil { incoming.set(look.state.roomForIncoming) }
        let (listener, before) = state.withLock { state in
            defer { state.last = look }
            return (state.listener, state.last?.state.level)
        }
        if look.state.level != before { await listener?(look.state, before) }
        return look.state
    }

    /// Looks now, and adds up what the store takes if it is time for that.
    ///
    /// - Returns: besides, whether it was added up.
    private func lookAtPace() async throws(Failure) -> (state: DiskState, isCounted: Bool) {
        guard marks.budget != nil else { return (try await look(), true) }
        guard state.withLock({ $0.pace.isDue(at: .now) }) else {
            return (try await look(counting: false), false)
        }
        let begin = ContinuousClock.now
        let counted = try await look()
        let end = ContinuousClock.now
        state.withLock { $0.pace.measured(taking: begin.duration(to: end), until: end) }
        return (counted, true)
    }

    /// What the disk is like; where what the store takes has to be added up for that, what it was like half a second ago
    /// or later.
    func recent() async throws(Failure) -> DiskState {
        if marks.budget != nil, let last, last.counted.duration(to: .now) < .milliseconds(500) {
            return last.state
        }
        return try await look()
    }

    /// Looks from now on, and tells of every change of level, the first level included.
    func begin(_ listener: @escaping Listener) {
        state.withLock { state in
            guard state.rounds == nil, !state.isClosed else { return }
            state.listener = listener
            state.rounds = Task { [self] in
                while !Task.isCancelled {
                    await lookAndLog()
                    guard (try? await Task.sleep(for: Self.usualPause)) != nil else { return }
                }
            }
        }
    }

    func close() async {
        let tasks = state.withLock { state in
            state.isClosed = true
            state.listener = nil
            return [state.rounds, state.watching].compactMap { $0 }
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func lookAndLog() async {
        do {
            _ = try await lookAtPace()
        } catch {
            logger.warning("the store's disk can't be looked at", metadata: ["error": "\(error)"])
        }
    }

    // MARK: - Running steps

    /// Watches what a step writes until `forget`.
    func add(_ watch: StepDiskWatch) {
        state.withLock { state in
            state.watches[watch.number] = watch
            guard state.watching == nil, !state.isClosed else { return }
            state.watching = Task { [self] in
                while (try? await Task.sleep(for: Self.watchPause)) != nil {
                    guard let watches = currentWatches() else { return }
                    await tend(watches)
                }
            }
        }
    }

    func forget(_ watch: StepDiskWatch) {
        state.withLock { _ = $0.watches.removeValue(forKey: watch.number) }
    }

    /// How many steps run.
    var watchedCount: Int { state.withLock { $0.watches.count } }

    /// Nil when there is none, and then nobody watches any more.
    private func currentWatches() -> [StepDiskWatch]? {
        state.withLock { state in
            if state.watches.isEmpty { state.watching = nil }
            return state.watches.isEmpty ? nil : Array(state.watches.values)
        }
    }

    private func tend(_ watches: [StepDiskWatch]) async {
        do {
            let (state, isCounted) = try await lookAtPace()
            // What was added up some time ago may have gone since: nobody is ended for that.
            let tightest = isCounted ? state.tightest : state.tightestOfFileSystem
            if tightest.level == .exhausted { try await relieve(tightest.resource, state, watches) }
            for watch in watches where watch.isDue {
                let clock = ContinuousClock.now
                watch.checked(try await written(by: watch), taking: clock.duration(to: .now))
            }
        } catch {
            logger.warning("what steps write can't be measured", metadata: ["error": "\(error)"])
        }
    }

    /// Ends the step that has taken most of what has run out, unless one that was ended is still on its way
    /// out.
    private func relieve(
        _ resource: DiskState.Resource, _ state: DiskState, _ watches: [StepDiskWatch]
    ) async throws(Failure) {
        for watch in watches { watch.sawExhaustion() }
        guard !watches.contains(where: { $0.verdict != nil }) else { return }
        var largest: (watch: StepDiskWatch, wrote: DiskAmount)?
        for watch in watches {
            let wrote = try await measure(watch.number, .max)
            let least = largest?.wrote ?? StepDiskWatch.negligible
            if resource.part(of: wrote) > resource.part(of: least) { largest = (watch, wrote) }
        }
        guard let largest else { return }
        logger.warning(
            "what writes most is ended for want of room",
            metadata: [
                "writer": "\(largest.watch.name)", "bytes": "\(largest.wrote.bytes)",
                "entries": "\(largest.wrote.entries)", "disk": "\(state.words)",
            ])
        largest.watch.end(because: largest.watch.failure(wrote: largest.wrote, on: state))
    }

    /// What a step has written, or more than its limit of it.
    func written(by watch: StepDiskWatch) async throws(Failure) -> Int64 {
        let limit = watch.limit.map { $0.bytes < .max ? $0.bytes + 1 : .max } ?? .max
        return try await measure(watch.number, limit).bytes
    }

    /// All of what a step has written, for people.
    func allWritten(by watch: StepDiskWatch) async throws(Failure) -> DiskAmount {
        try await measure(watch.number, .max)
    }
}
