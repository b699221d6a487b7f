import Linux
import Model
import Synchronization

/// Carries a descriptor to the thread that takes it.
final class Handover: Sendable {
    private let content: Mutex<Descriptor?>

    init(_ descriptor: consuming Descriptor) { content = Mutex(descriptor) }

    /// The descriptor, the first time.
    func take() throws(Failure) -> Descriptor {
        if let descriptor = content.withLock({ $0.take() }) { return descriptor }
        throw Failure(.internalError, "a descriptor was taken twice", fix: "report this")
    }
}
