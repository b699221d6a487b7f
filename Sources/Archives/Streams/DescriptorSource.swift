package import Linux
package import Model
import SystemPackage

/// The bytes of an open file, pipe or socket from its present position.
package final class DescriptorSource: ByteSource {
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

    /// - Throws: `archive-invalid` when it can't be read.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        try cancellation?.check()
        do throws(Errno) {
            // SAFETY: the buffer is the caller's and valid for its length.
            return try unsafe descriptor.read(into: buffer)
        } catch {
            throw Failure(
                .archiveInvalid, "\(name) can't be read: \(error)",
                fix: "check that it is a readable file, and the disk it is on")
        }
    }
}
