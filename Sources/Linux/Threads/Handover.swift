import Synchronization

/// Brings one value, copyable or not, from a thread to the task that waits for it.
final class Handover<T: ~Copyable & Sendable>: Sendable {
    private let slot = Mutex<T?>(nil)

    /// Waits for what `start` has arranged to be delivered, once, from another thread.
    func value(
        _ start: (_ deliver: @escaping @Sendable (_ body: () throws -> T) -> Void) -> Void
    ) async throws -> T {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            start { body in
                do {
                    self.put(try body())
                    continuation.resume()
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        guard let value = slot.withLock({ $0.take() }) else {
            preconditionFailure("a continuation is resumed after its value is put")
        }
        return value
    }

    private func put(_ value: consuming T) {
        var value = Optional(value)
        slot.withLock { $0 = value.take() }
    }
}
