import Synchronization

/// Carries a value that has one owner from one thread to the next: put in when made, taken out once.
final class Parcel<Content: ~Copyable>: Sendable {
    private let content: Mutex<Content?>

    init(_ content: consuming sending Content) { self.content = Mutex(content) }

    /// The content, the first time; nil afterwards.
    func open() -> sending Content? { content.withLock { $0.take() } }

    /// Looks at the content without taking it; nil if it was taken.
    func look<Value: Sendable, Problem: Error>(
        _ body: (borrowing Content) throws(Problem) -> Value
    ) throws(Problem) -> Value? {
        try content.withLock { content throws(Problem) in
            switch content {
            case .some(let inside): try body(inside)
            case .none: nil
            }
        }
    }
}
