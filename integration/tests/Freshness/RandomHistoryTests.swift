import Foundation
import Testing

/// Whatever is edited, at every step a cached run shows what a run from scratch on the same revision shows.
///
/// That holds for two classes of steps, and both are generated: any deterministic step under a policy that looks
/// at the whole workspace (`ReadingStep`), and under every policy steps whose result depends only on what they
/// also write (`SelfContainedStep`). `VARVE_HISTORIES` sets the number of histories.
@Suite struct `A cached run on a random history of the source` {
    @Test func `shows at every step what a run from scratch shows`() async throws {
        let wanted = ProcessInfo.processInfo.environment["VARVE_HISTORIES"].flatMap(UInt64.init) ?? 12
        try await Playground.open { play in
            var (hits, conflicts) = (0, 0)
            for seed in 1...max(wanted, 1) {
                var history = RandomHistory(seed: seed)
                let kinds = RandomPipeline.Kind.allCases
                try await history.play(kinds[Int(seed) % kinds.count], runs: 4, on: play)
                hits += history.hits
                conflicts += history.conflicts
            }
            // Or else equality would prove nothing.
            #expect(hits > 0, "no step was ever found on a revision other than the one before")
            #expect(conflicts > 0, "no snapshot was ever refused for what the source says")
        }
    }
}
