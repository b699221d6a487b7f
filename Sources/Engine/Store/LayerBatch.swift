import Catalog
import Layers
import Linux
import Logging
import Model
import Synchronization

/// The numbers of layers that are made together and put on record in one transaction.
final class LayerBatch: Sendable {
    private let numbers: LayerNumbers
    private let given = Mutex<[LayerID]>([])

    fileprivate init(_ numbers: LayerNumbers) { self.numbers = numbers }

    /// A number that was never used.
    func next() async throws(Failure) -> LayerID {
        let number = try await numbers.next()
        given.withLock { $0.append(number) }
        return number
    }

    fileprivate var all: [LayerID] { given.withLock { $0 } }
}

extension Engine {
    /// Makes layers and puts them on record.
    ///
    /// If that fails, what lies in the store under the batch's numbers is taken out again: without a record it would take up
    /// room until the next start, and mostly it fails because there is none.
    func recording<Value, Problem: Error>(
        _ body: (LayerBatch) async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let batch = LayerBatch(numbers)
        do throws(Problem) {
            return try await body(batch)
        } catch {
            await takeBack(batch.all)
            throw error
        }
    }

    /// Takes layers out of the store again, but for those that are on record.
    func takeBack(_ made: [LayerID]) async {
        do {
            // One that is on record all the same is not to be touched.
            let recorded = try await catalog.layerEntries(made)
            try await removeLayers(made.filter { recorded[$0] == nil })
        } catch {
            logger.warning(
                "layers without a record stay until the next start",
                metadata: [
                    "layers": "\(made.map(\.description).joined(separator: " "))", "error": "\(error)",
                ])
        }
    }

    /// Takes layers without a record out of the store again.
    func removeLayers(_ made: [LayerID]) async throws {
        try await onBlockingThread { [layers] in
            for layer in made { try layers.remove(layer) }
        }
        upkeep.request()
    }
}
