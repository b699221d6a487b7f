import Synchronization

/// Carries a value that has one owner from one thread to the next: put in when made, taken out once.
package final class Parcel<Content: ~Copyable>: Sendable {
    private let content: Mutex<Content?>

    package init(_ content: consuming sending Content) { self.content = Mutex(content) }

    /// The content, the first time; nil afterwards.
    package func open() -> sending Content? { content.withLock { $0.take() } }

    /// The content, for who has nothing left to do if somebody else took it.
    package func take() throws -> sending Content {
        guard let content = open() else { throw CancellationError() }
        return content
    }

    /// Looks at the content without taking it; nil if it was taken.
    package func look<Value: Sendable, Problem: Error>(
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
