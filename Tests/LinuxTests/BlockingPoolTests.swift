import Dispatch
import Foundation
import Glibc
import Linux
import Synchronization
import TestSupport
import Testing

@Suite struct BlockingPoolTests {
    private struct Counts {
        var running = 0
        var most = 0
        var done = 0
    }

    @Test func `no more jobs run at once than the limit, and all run`() async throws {
        let pool = BlockingPool("test", limit: 3)
        let counts = CountsBox()
        await withTaskGroup { group in
            for _ in 0..<100 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        pool.submit {
                            counts.enter()
                            usleep(500)
                            counts.leave()
                            continuation.resume()
                        }
                    }
                }
            }
        }
        #expect(counts.done == 100)
        #expect(counts.most > 1 && counts.most <= 3)
    }

    @Test func `jobs in a row have one thread, which ends when none comes`() async throws {
        let pool = BlockingPool("test", limit: 3)
        var threads: Set<String> = []
        for _ in 0..<50 {
            threads.insert(
                try await onBlockingThread(of: pool) {
                    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
                })
        }
        // One may be picked before the one before it has come back.
        #expect(threads.count <= 3)
        for thread in threads {
            try await eventually("the end of thread \(thread)") {
                (try? Descriptor.openFile("/proc/" + thread, [.path])) == nil
            }
        }
    }

    private static func thread() -> pthread_t { pthread_self() }

    @Test func `a task of a pool makes its calls where it is, and an actor does not`() async throws {
        actor Elsewhere {
            func threads() async throws -> (own: pthread_t, blocking: pthread_t) {
                (BlockingPoolTests.thread(), try await onBlockingThread { BlockingPoolTests.thread() })
            }
        }
        for pool in [BlockingPool.shared, .background, .archives] {
            let (own, blocking) = try await Task(executorPreference: pool) {
                (Self.thread(), try await onBlockingThread { Self.thread() })
            }.value
            #expect(own == blocking)
        }
        let actor = Elsewhere()
        let (own, blocking) = try await Task(executorPreference: BlockingPool.shared) {
            try await actor.threads()
        }.value
        #expect(own != blocking, "the actor is held up by what is done for it")
    }

    @Test func `work that prefers another pool holds no thread of the one it came from`() async throws {
        let (before, meanwhile) = try await Task(executorPreference: BlockingPool.background) {
            let before = Self.niceness()
            let meanwhile = try await withTaskExecutorPreference(BlockingPool.archives) {
                try await onBlockingThread { Self.niceness() }
            }
            return (before, meanwhile)
        }.value
        #expect(before > meanwhile, "it runs on a thread of lower priority")
    }

    private static func niceness() -> CInt { getpriority(CInt(PRIO_PROCESS.rawValue), 0) }

    @Test func `the threads of a pool with niceness are nice, and no others`() async throws {
        // The process's: the test's own thread may have another.
        let own = getpriority(CInt(PRIO_PROCESS.rawValue), id_t(getpid()))
        let nice = BlockingPool("test", limit: 1, niceness: 7)
        #expect(try await onBlockingThread(of: nice) { Self.niceness() } == min(own + 7, 19))
        // Also those that a nice one starts.
        let plain = BlockingPool("test", limit: 1)
        let started = try await Task(executorPreference: nice) {
            try await onBlockingThread(of: plain) { Self.niceness() }
        }.value
        #expect(started == own)
    }

    @Test func `what a job held is let go before its thread waits for the next`() async throws {
        final class Held: Sendable {}
        let pool = BlockingPool("test", limit: 2, patience: .seconds(600))
        for _ in 0..<3 {
            weak var held: Held?
            do {
                let new = Held()
                held = new
                await withCheckedContinuation { continuation in
                    pool.submit { withExtendedLifetime(new) { continuation.resume() } }
                }
            }
            try await eventually("the job is let go of") { held == nil }
        }
    }

    @Test func `what a body has captured is gone when its caller goes on`() async throws {
        final class Held: Sendable {}
        let pool = BlockingPool("test", limit: 1)
        func use(_ held: Held) async throws {
            try await onBlockingThread(of: pool) { withExtendedLifetime(held) {} }
        }
        var left = 0
        for _ in 0..<5000 {
            weak var held: Held?
            do {
                let new = Held()
                held = new
                try await use(new)
            }
            if held != nil { left += 1 }
        }
        #expect(left == 0)
    }

    @Test func `a job that comes while its thread is about to end is run`() async throws {
        let pool = BlockingPool("test", limit: 1, patience: .microseconds(200))
        var random = SplitMix(seed: 1)
        var sum = 0
        for number in 1...2000 {
            usleep(UInt32.random(in: 0...400, using: &random))
            sum += try await onBlockingThread(of: pool) { number }
        }
        #expect(sum == 2000 * 2001 / 2)
    }

    @Test func `an error reaches the caller`() async {
        struct Oops: Error {}
        await #expect(throws: Oops.self) { try await onBlockingThread { throw Oops() } }
    }

    private final class CountsBox: Sendable {
        private let counts = Mutex(Counts())
        var most: Int { counts.withLock { $0.most } }
        var done: Int { counts.withLock { $0.done } }

        func enter() {
            counts.withLock {
                $0.running += 1
                $0.most = max($0.most, $0.running)
            }
        }

        func leave() {
            counts.withLock {
                $0.running -= 1
                $0.done += 1
            }
        }
    }
}
