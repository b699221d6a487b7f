import Catalog
import Layers
import Linux
import Logging
import Model
import Synchronization

extension Engine {
    /// Takes down what durable layers look like, so that it can be told later whether they were touched. In their own time:
    /// one that is altered before is found by its number of entries alone.
    func fingerprintLayers() async {
        var cursor: LayerID?
        do {
            while !Task.isCancelled {
                let batch = try await catalog.layersWithoutFingerprint(after: cursor, limit: Self.batch)
                guard let last = batch.last else { return }
                cursor = last
                try await catalog.save(fingerprints: await fingerprints(of: batch))
            }
        } catch {
            logger.warning("fingerprints of layers can't be kept", metadata: ["error": "\(error)"])
        }
    }

    private static let batch = 16

    /// Without those that are gone by now, that can't be read, and that are not come to before the daemon stops.
    private func fingerprints(of batch: [LayerID]) async -> [LayerID: Digest] {
        var digests: [LayerID: Digest] = [:]
        for layer in batch where !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                digests[layer] = try await fingerprint(of: layer)
            } catch {
                logger.warning(
                    "a layer can't be looked at", metadata: ["layer": "\(layer)", "error": "\(error)"])
            }
            await pause(after: start.duration(to: .now))
        }
        return digests
    }

    /// Nil for one that was taken out of the store meanwhile, and when the task is cancelled.
    private func fingerprint(of layer: LayerID) async throws -> Digest? {
        let isStopped = StopFlag()
        return try await withTaskCancellationHandler {
            try await onBlockingThread(of: .background) { [layers] in
                do {
                    return try layers.fingerprint(of: layer, until: { isStopped.isSet })?.digest
                } catch {
                    guard try layers.contains(layer) else { return nil }
                    throw error
                }
            }
        } onCancel: {
            isStopped.set()
        }
    }
}

/// Tells work on another thread to leave off.
private final class StopFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}
