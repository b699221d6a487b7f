import Layers
import Linux
import Model
import Synchronization

/// The layer a revision is put into: made when the first entry needs it, and not at all if none does.
final class LayerSite: Sendable {
    private let make: @Sendable () throws -> LayerBuilder
    private let builder = Mutex<LayerBuilder?>(nil)

    init(_ make: @escaping @Sendable () throws -> LayerBuilder) { self.make = make }

    /// The layer's root. Called on threads with the daemon's rights.
    func root() throws -> SharedDirectory {
        try builder.withLock { builder in
            if let root = builder?.root { return root }
            builder = try make()
            guard let root = builder?.root else { preconditionFailure("it was just made") }
            return root
        }
    }

    /// Gives the layer away, if there is one.
    func take() -> LayerBuilder? { builder.withLock { $0.take() } }
}
