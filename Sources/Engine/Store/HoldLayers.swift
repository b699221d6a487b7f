import Catalog
import Model

extension Engine {
    /// Holds layers that were found before, and makes sure that none of them went away until it did.
    ///
    /// - Parameter holder: who stands on them, as text for people.
    func hold(_ layers: [LayerID], for holder: String) async throws(Failure) -> LayerHolds.Hold {
        let hold = holds.hold(layers)
        guard try await catalog.hasLayers(layers) else { throw Self.layersGone(holder) }
        return hold
    }

    static func layersGone(_ holder: String) -> Failure {
        Failure(.snapshotDamaged, "a layer that \(holder) stands on was removed meanwhile", fix: "run again")
    }
}
