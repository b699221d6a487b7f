import Glibc
import Linux
import Synchronization
import Testing

@Suite struct BlockingPoolTests {
    private struct Counts {
        var running = 0
        var most = 0
        var done = 0
    }

    @Test func `no more jobs run at once than the limit, and all run`() async throws {
        let pool = BlockingPool(limit: 3)
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
