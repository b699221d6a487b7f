import Catalog
import Model

/// Gives out layer numbers, fetched from the catalog in blocks so that a step costs no transaction for them.
actor LayerNumbers {
    private let catalog: Catalog
    private var free: Range<Int64> = 0..<0

    init(catalog: Catalog) { self.catalog = catalog }

    private static let block: Int64 = 256

    func next() async throws(Failure) -> LayerID {
        while free.isEmpty {
            let fetched = try await catalog.reserveLayers(LayerNumbers.block)
            // Another task may have fetched a block meanwhile; numbers that are dropped here are merely never
            // used.
            if free.isEmpty { free = fetched }
        }
        defer { free = free.dropFirst() }
        return LayerID(free.lowerBound)
    }
}
