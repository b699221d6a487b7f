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
                let start = ContinuousClock.now
                try await catalog.save(fingerprints: try await fingerprints(of: batch))
                await pause(after: start.duration(to: .now))
            }
        } catch {
            logger.warning("layers can't be looked at", metadata: ["error": "\(error)"])
        }
    }

    private static let batch = 16

    /// Without those that are gone by now, and those that are not come to before the daemon stops.
    private func fingerprints(of batch: [LayerID]) async throws(Failure) -> [LayerID: Digest] {
        var digests: [LayerID: Digest] = [:]
        for layer in batch where !Task.isCancelled { digests[layer] = try await fingerprint(of: layer) }
        return digests
    }

    private func fingerprint(of layer: LayerID) async throws(Failure) -> Digest? {
        do {
            return try await onBlockingThread(of: .background) { [layers] in
                do {
                    return try layers.fingerprint(of: layer).digest
                } catch {
                    // Taken out of the store meanwhile.
                    guard try layers.contains(layer) else { return nil }
                    throw error
                }
            }
        } catch {
            throw Failure.wrapping(error, to: "look at layer \(layer)")
        }
    }
}
