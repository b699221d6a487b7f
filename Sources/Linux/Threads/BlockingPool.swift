package import Dispatch
import Glibc
import Synchronization

/// Threads for blocking system calls, so that those never hold up Swift's cooperative pool.
///
/// A job gets a thread of its own while fewer than `limit` run; beyond that it waits for one that ends, in
/// order. A thread waits for further work before it ends, so that short jobs in a row need no new ones.
package final class BlockingPool: Sendable {
    package typealias Job = @Sendable () -> Void

    /// The pool of `onBlockingThread(_:)`.
    package static let shared = BlockingPool("blocking", limit: 64)

    /// For what may take its time: its threads have a tenth of a processor where all are asked for.
    package static let background = BlockingPool("background", limit: 8, niceness: 10)

    /// For archives and images that come, go and are unpacked, however long that takes: requests have other
    /// threads. Some of it waits for other work here: there are threads for all that the server allows at once.
    package static let archives = BlockingPool("archives", limit: 64)

    /// A thread's place, into which its next job is put.
    private final class Place: Sendable {
        private let job: Mutex<Job?>
        let bell = DispatchSemaphore(value: 0)

        init(_ first: @escaping Job) { job = Mutex(first) }

        func put(_ next: @escaping Job) { job.withLock { $0 = next } }
        func take() -> Job? { job.withLock { $0.take() } }
    }

    private enum Way {
        case idle(Place)
        case newThread
        case queue
    }

    private struct State {
        /// All of them, those that wait for work included.
        var threads = 0
        /// The last is the one that waits for the shortest time.
        var idle: [Place] = []
        var waiting: [Job] = []
        var nextWaiting = 0

        mutating func takeWaiting() -> Job? {
            guard nextWaiting < waiting.count else {
                waiting.removeAll()
                nextWaiting = 0
                return nil
            }
            let job = waiting[nextWaiting]
            nextWaiting += 1
            if nextWaiting > 1024 {
                waiting.removeFirst(nextWaiting)
                nextWaiting = 0
            }
            return job
        }
    }

    private let name: String
    private let limit: Int
    private let patience: DispatchTimeInterval
    private let niceness: CInt
    private let state = Mutex(State())

    /// - Parameters:
    ///   - name: of its threads, as in `Thread.start(_:_:)`.
    ///   - patience: how long a thread waits for its next job.
    ///   - niceness: of its threads above the process's own, as of `nice`.
    package init(
        _ name: String, limit: Int, patience: DispatchTimeInterval = .seconds(1), niceness: CInt = 0
    ) {
        self.name = name
        self.limit = limit
        self.patience = patience
        self.niceness = niceness
    }

    /// Runs `job` on a thread of this pool, now or when one is free.
    package func submit(_ job: @escaping Job) {
        let way = state.withLock { state -> Way in
            if let place = state.idle.popLast() { return .idle(place) }
            if state.threads < limit {
                state.threads += 1
                return .newThread
            }
            state.waiting.append(job)
            return .queue
        }
        switch way {
        case .queue: break
        case .idle(let place):
            place.put(job)
            place.bell.signal()
        case .newThread:
            let place = Place(job)
            // Out of threads: rather late than never, on the caller's.
            if !Thread.start(name, { [self] in work(at: place) }) { finishOnCaller(place) }
        }
    }

    /// Nothing of a job that is done, such as a descriptor, lives on while its thread waits for the next.
    private func work(at place: Place) {
        // Of this thread alone: to the kernel each is a process. A thread begins with the niceness of the one that
        // starts it, which may be of another pool. Refused, it works all the same.
        let kind = CInt(PRIO_PROCESS.rawValue)
        _ = setpriority(kind, 0, getpriority(kind, id_t(getpid())) + niceness)
        while let job = place.take() ?? next(for: place) { job() }
    }

    /// The next job for a thread that has done its own; nil after a time without one: it counts as gone then.
    private func next(for place: Place) -> Job? {
        let waiting = state.withLock { state -> Job? in
            let job = state.takeWaiting()
            if job == nil { state.idle.append(place) }
            return job
        }
        if let waiting { return waiting }
        if place.bell.wait(timeout: .now() + patience) == .timedOut {
            let isGone = state.withLock { state in
                guard let index = state.idle.firstIndex(where: { $0 === place }) else { return false }
                state.idle.remove(at: index)
                state.threads -= 1
                return true
            }
            if isGone { return nil }
            // Somebody has just picked this thread.
            place.bell.wait()
        }
        return place.take()
    }

    private func finishOnCaller(_ place: Place) {
        while let job = place.take() ?? nextWaiting() { job() }
    }

    /// The job that has waited longest; without one the caller counts as a thread that is gone.
    private func nextWaiting() -> Job? {
        state.withLock { state in
            let next = state.takeWaiting()
            if next == nil { state.threads -= 1 }
            return next
        }
    }
}

/// A task that prefers this pool runs on its threads wherever no actor of its own executor is asked for, and gives its
/// thread back whenever it waits for another task.
extension BlockingPool: TaskExecutor {
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        submit { [self] in unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Whether this code, of no actor, runs on a thread of `pool`; of any pool of everybody's for nil.
    fileprivate static func runsHere(_ pool: BlockingPool?, isolation: isolated (any Actor)?) -> Bool {
        guard isolation == nil else { return false }
        return unsafe withUnsafeCurrentTask { task in
            guard let executor = unsafe task?.unownedTaskExecutor else { return false }
            func runs(_ pool: BlockingPool) -> Bool { unsafe pool.asUnownedTaskExecutor() == executor }
            return pool.map(runs) ?? (runs(shared) || runs(background) || runs(archives))
        }
    }
}

/// Runs `body`, which may block in system calls, on a thread of `pool`, or of the shared one: on the caller's own if it is of
/// such a pool, since the way to another and back takes longer than most of what is done there.
package func onBlockingThread<T: ~Copyable & Sendable>(
    of pool: BlockingPool? = nil, _ body: @escaping @Sendable () throws -> T
) async throws -> T {
    if BlockingPool.runsHere(pool, isolation: #isolation) { return try body() }
    let handover = Handover<T>()
    // Taken from the job: what it has captured is let go of before the caller goes on.
    let parcel = Parcel(body)
    return try await handover.value { deliver in
        (pool ?? .shared).submit { deliver { try parcel.take()() } }
    }
}
