package import Linux
package import Model
import Synchronization

/// Carries a descriptor to the thread that takes it.
package final class DescriptorHandover: Sendable {
    private let content: Mutex<Descriptor?>

    package init(_ descriptor: consuming Descriptor) { content = Mutex(descriptor) }

    /// The descriptor, the first time.
    package func take() throws(Failure) -> Descriptor {
        if let descriptor = content.withLock({ $0.take() }) { return descriptor }
        throw Failure(.internalError, "a descriptor was taken twice", fix: "report this")
    }
}
