import Catalog
import Model
import Synchronization

/// Gives out layer numbers, fetched from the catalog in blocks so that a step costs no transaction for them.
final class LayerNumbers: Sendable {
    private let catalog: Catalog
    private let free = Mutex<Range<Int64>>(0..<0)

    init(catalog: Catalog) { self.catalog = catalog }

    private static let block: Int64 = 256

    func next() async throws(Failure) -> LayerID {
        while true {
            if let number = free.withLock({ $0.popFirst() }) { return LayerID(number) }
            let fetched = try await catalog.reserveLayers(LayerNumbers.block)
            // Another task may have fetched a block meanwhile; numbers that are dropped here are merely never
            // used.
            free.withLock { if $0.isEmpty { $0 = fetched } }
        }
    }
}
