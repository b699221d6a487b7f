import Model
import Synchronization

/// Layers that something under way stands on: their directories stay, whatever the catalog says of them
/// meanwhile.
final class LayerHolds: Sendable {
    private let counts = Mutex<[LayerID: Int]>([:])

    /// Holds the layers as long as the returned value lives.
    func hold(_ layers: [LayerID]) -> Hold {
        counts.withLock { counts in
            for layer in layers { counts[layer, default: 0] += 1 }
        }
        return Hold(layers, in: self)
    }

    var held: Set<LayerID> { counts.withLock { Set($0.keys) } }

    private func release(_ layers: [LayerID]) {
        counts.withLock { counts in
            for layer in layers {
                guard let count = counts[layer] else { continue }
                counts[layer] = count > 1 ? count - 1 : nil
            }
        }
    }

    final class Hold: Sendable {
        private let layers: [LayerID]
        private let holds: LayerHolds

        fileprivate init(_ layers: [LayerID], in holds: LayerHolds) {
            self.layers = layers
            self.holds = holds
        }

        deinit { holds.release(layers) }
    }
}
