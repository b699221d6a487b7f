import Synchronization
import Testing

/// Counts the daemons of a suite that were really killed. Once all of its cases have ended they have to be enough.
struct DeathToll: SuiteTrait, TestScoping {
    let least: Int
    /// In how many cases daemons are killed; a filter may leave some out.
    let cases: Int

    private struct Count: Sendable {
        var deaths = 0
        var cases = 0
    }

    private static let count = Mutex(Count())

    static func add(deaths: Int) { count.withLock { $0.deaths += deaths } }

    static func endCase() { count.withLock { $0.cases += 1 } }

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await function()
        let count = Self.count.withLock { $0 }
        print("\(count.deaths) daemons died, in \(count.cases) of \(cases) cases")
        if count.cases == cases { #expect(count.deaths >= least, "daemons that were really killed") }
    }
}
