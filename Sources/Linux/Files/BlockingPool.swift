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
    package static let shared = BlockingPool(limit: 64)

    /// A thread that waits for work.
    private final class Idler: Sendable {
        let job = Mutex<Job?>(nil)
        let bell = DispatchSemaphore(value: 0)
    }

    private enum Way {
        case idler(Idler)
        case newThread
        case queue
    }

    private struct State {
        /// All of them, those that wait for work included.
        var threads = 0
        /// The last is the one that waits for the shortest time.
        var idle: [Idler] = []
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

    private let limit: Int
    private let patience: DispatchTimeInterval
    private let state = Mutex(State())

    /// - Parameter patience: how long a thread waits for its next job.
    package init(limit: Int, patience: DispatchTimeInterval = .seconds(1)) {
        self.limit = limit
        self.patience = patience
    }

    /// Runs `job` on a thread of this pool, now or when one is free.
    package func submit(_ job: @escaping Job) {
        let way = state.withLock { state -> Way in
            if let idler = state.idle.popLast() { return .idler(idler) }
            if state.threads < limit {
                state.threads += 1
                return .newThread
            }
            state.waiting.append(job)
            return .queue
        }
        switch way {
        case .queue: break
        case .idler(let idler):
            idler.job.withLock { $0 = job }
            idler.bell.signal()
        case .newThread:
            // Out of threads: rather late than never, on the caller's.
            if !Thread.start({ [self] in work(job) }) { finishOnCaller(job) }
        }
    }

    private func work(_ first: @escaping Job) {
        let idler = Idler()
        var job: Job? = first
        while let present = job {
            present()
            job = next(for: idler)
        }
    }

    /// The next job for a thread that has done its own; nil after a time without one: it counts as gone then.
    private func next(for idler: Idler) -> Job? {
        let waiting = state.withLock { state -> Job? in
            let job = state.takeWaiting()
            if job == nil { state.idle.append(idler) }
            return job
        }
        if let waiting { return waiting }
        if idler.bell.wait(timeout: .now() + patience) == .timedOut {
            let isGone = state.withLock { state in
                guard let place = state.idle.firstIndex(where: { $0 === idler }) else { return false }
                state.idle.remove(at: place)
                state.threads -= 1
                return true
            }
            if isGone { return nil }
            // Somebody has just picked this thread.
            idler.bell.wait()
        }
        return idler.job.withLock { $0.take() }
    }

    private func finishOnCaller(_ first: @escaping Job) {
        var job: Job? = first
        while let present = job {
            present()
            job = state.withLock { state in
                let next = state.takeWaiting()
                if next == nil { state.threads -= 1 }
                return next
            }
        }
    }
}

/// Runs `body`, which may block in system calls, on a thread of `pool`.
package func onBlockingThread<T: ~Copyable & Sendable>(
    of pool: BlockingPool = .shared, _ body: @escaping @Sendable () throws -> T
) async throws -> T {
    let handover = Handover<T>()
    return try await handover.value { deliver in
        pool.submit { deliver(body) }
    }
}
