package import SystemPackage

/// An overlay the kernel did not make: what was tried, its error, and its own sentence where it has one.
package struct OverlayError: Error, Hashable, Sendable {
    /// What was tried, as in "setting lower directory 17".
    package let operation: String
    package let errno: Errno
    /// The kernel's sentence, as in "too many lower directories, limit is 500".
    package let kernelMessage: String?

    package init(_ operation: String, _ errno: Errno, kernelMessage: String? = nil) {
        self.operation = operation
        self.errno = errno
        self.kernelMessage = kernelMessage
    }
}

extension OverlayError: CustomStringConvertible {
    package var description: String { "\(operation): \(kernelMessage ?? errno.description)" }
}

/// Runs a system call as one operation on an overlay.
func overlayOperation<T: ~Copyable>(
    _ operation: @autoclosure () -> String, _ body: () throws(Errno) -> T
) throws(OverlayError) -> T {
    do {
        return try body()
    } catch {
        throw OverlayError(operation(), error)
    }
}
