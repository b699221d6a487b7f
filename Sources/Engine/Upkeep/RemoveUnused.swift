import Catalog
import Layers
import Linux
import Model

extension Engine {
    /// Removes those of the snapshots that may still go, in order and bit by bit, so that nobody waits long for the
    /// catalog; their layers are then dead.
    ///
    /// - Returns: those that went.
    func remove(_ ids: [String]) async throws(Failure) -> [String] {
        var removed: [String] = []
        var rest = ids[...]
        while !rest.isEmpty, !Task.isCancelled {
            let batch = Array(rest.prefix(Self.snapshotsAtOnce))
            rest = rest.dropFirst(Self.snapshotsAtOnce)
            let start = ContinuousClock.now
            let gone = try await catalog.removeUnused(batch, users: snapshotUsers) { [holds] in holds.held }
            do {
                try await onBlockingThread { [layers] in
                    for layer in gone.layers { try layers.remove(layer) }
                }
            } catch {
                throw Failure.wrapping(error, to: "take removed layers out of the store")
            }
            removed += gone.ids
            await pause(after: start.duration(to: .now))
        }
        return removed
    }

    /// Of one transaction.
    private static let snapshotsAtOnce = 16
}
