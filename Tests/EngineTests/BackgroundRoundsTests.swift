import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite struct `Work in the background` {
    @Test func `has a turn now and then also when nobody asks, and none after its end`() async throws {
        let upkeep = BackgroundRounds()
        let rounds = Mutex(0)
        upkeep.begin(every: .milliseconds(5)) { rounds.withLock { $0 += 1 } }
        try await eventually("two turns") { rounds.withLock { $0 } >= 2 }
        await upkeep.close()
        let last = rounds.withLock { $0 }
        upkeep.request()
        try await Task.sleep(for: .milliseconds(100))
        #expect(rounds.withLock { $0 } == last)
    }
}
