package import Linux
package import Model
import SystemPackage

/// Where bytes go, one block after the other.
///
/// A class, because C code holds on to it while it writes. Used by one thread at a time.
package protocol ByteSink: AnyObject {
    /// Takes all of `bytes`, which are lent for the call.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure)
}

/// An open file, pipe or socket, written at its present position.
package final class DescriptorSink: ByteSink {
    private let descriptor: Descriptor
    private let name: String
    private let cancellation: Cancellation?

    /// - Parameters:
    ///   - name: what this is, for messages.
    ///   - cancellation: looked at before every block.
    package init(_ descriptor: consuming Descriptor, name: String, cancellation: Cancellation? = nil) {
        self.descriptor = descriptor
        self.name = name
        self.cancellation = cancellation
    }

    /// - Throws: `storage-full`, `storage-failed`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        try cancellation?.check()
        do throws(Errno) {
            // SAFETY: the bytes are valid for the duration of this call.
            unsafe try descriptor.writeAll(RawSpan(_unsafeBytes: bytes))
        } catch {
            throw Failure.writing(error, "\(name) can't be written")
        }
    }
}
