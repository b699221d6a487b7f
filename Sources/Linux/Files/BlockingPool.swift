import Glibc
import Synchronization

/// Threads for blocking system calls, so that those never hold up Swift's cooperative pool.
///
/// A job gets a thread of its own while fewer than `limit` run; beyond that it waits for one that ends, in
/// order. No thread lives on without work.
package final class BlockingPool: Sendable {
    /// The pool of `onBlockingThread(_:)`.
    package static let shared = BlockingPool(limit: 64)

    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
        var nextWaiting = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    package init(limit: Int) { self.limit = limit }

    /// Runs `job` on a thread of this pool, now or when one is free.
    package func submit(_ job: @escaping @Sendable () -> Void) {
        let starts = state.withLock { state in
            if state.running < limit {
                state.running += 1
                return true
            }
            state.waiting.append(job)
            return false
        }
        guard starts else { return }
        let isStarted = Thread.start { [self] in
            job()
            while let next = takeWaiting() { next() }
        }
        // Out of threads: rather late than never, on the caller's.
        if !isStarted {
            job()
            while let next = takeWaiting() { next() }
        }
    }

    /// The next job for a thread that has done its own; without one the thread counts as gone.
    private func takeWaiting() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard state.nextWaiting < state.waiting.count else {
                state.waiting.removeAll()
                state.nextWaiting = 0
                state.running -= 1
                return nil
            }
            let job = state.waiting[state.nextWaiting]
            state.nextWaiting += 1
            if state.nextWaiting > 1024 {
                state.waiting.removeFirst(state.nextWaiting)
                state.nextWaiting = 0
            }
            return job
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
