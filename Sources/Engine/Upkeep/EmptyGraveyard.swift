import Layers
import Linux
import Logging
import Model

extension Engine {
    /// Deletes what is dead, slice by slice; whatever is still left after a great many, in another round of housekeeping.
    func emptyGraveyard() async throws(Failure) {
        try await upkeepTurns.withTurn(.graveyard) { () async throws(Failure) in
            for _ in 0..<Slices.most {
                if Task.isCancelled { return }
                let start = ContinuousClock.now
                let limit = isPaced ? Slices.paced : Slices.usual
                let slice: Graveyard.Slice
                do {
                    slice = try await onBlockingThread { [layers] in
                        try layers.graveyard.collect(atMost: limit)
                    }
                } catch {
                    throw Failure.wrapping(error, to: "delete what is dead")
                }
                for obstacle in slice.obstacles {
                    logger.warning(
                        "a dead directory can't be deleted", metadata: ["error": "\(obstacle)"])
                }
                guard slice.hasMore else { return }
                await pause(after: start.duration(to: .now))
            }
            upkeep.request()
        }
    }

    /// While runs are under way and there is room for new steps, deletion and looks at layers take a fifth of the time, and
    /// they have the rest.
    private var isPaced: Bool {
        guard counts.now.pending > 0 || disk.watchedCount > 0 else { return false }
        return (disk.last?.state.level ?? .normal) < .reserve
    }

    /// A pause for work in the background, while runs are under way and there is room for new steps.
    func pause(after work: Duration) async {
        guard isPaced else { return }
        // Cut short when the daemon stops.
        try? await Task.sleep(for: work * 4)
    }
}

/// How much is deleted at once.
private enum Slices {
    /// Entries in a row.
    static let usual = 2000
    static let paced = 200
    /// More than is found in a store, so that nobody who goes on writing there is waited for without end.
    static let most = 20_000
}
