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
                let limit = isUpkeepPaced ? Slices.paced : Slices.usual
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
}

/// How much is deleted at once.
private enum Slices {
    /// Entries in a row.
    static let usual = 2000
    static let paced = 200
    /// More than is found in a store, so that nobody who goes on writing there is waited for without end.
    static let most = 20_000
}
