import Archives
import Catalog
import Layers
import Linux
import Logging
import Model

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
        try await cancellable(of: .background) { [layers] cancellation in
            do {
                return try layers.fingerprint(of: layer, until: { cancellation.isCancelled })?.digest
            } catch {
                guard try layers.contains(layer) else { return nil }
                throw error
            }
        }
    }
}
