import Glibc
package import Linux
package import Model
import SystemPackage

/// Carries a stream from one thread to another.
///
/// The writer waits while the reader is a few hundred KiB behind; the reader sees the end after `finish`.
package enum ByteChannel {
    /// Lends what is read from and what is written to.
    package static func open<T>(
        _ body: (_ reading: consuming Descriptor, _ writing: Sink) throws -> T
    ) throws -> T {
        var ends: [CInt] = [-1, -1]
        let type = CInt(bitPattern: SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        // SAFETY: the array has the two elements the call writes.
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
        return try body(Descriptor(adopting: ends[0]), Sink(Descriptor(adopting: ends[1])))
    }

    /// The end that is written to.
    package final class Sink: ByteSink, Sendable {
        private let descriptor: Descriptor

        fileprivate init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

        /// - Throws: `cancelled` when nobody reads any more.
        package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
            var written = 0
            while written < bytes.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
                // No signal: a reader that stopped early is an ordinary thing.
                // SAFETY: the bytes are valid for the duration of this call.
                let count = unsafe send(
                    descriptor.raw, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
                if count >= 0 {
                    written += count
                } else if errno != EINTR {
                    throw Failure(.cancelled, "nobody reads the archive any more", fix: "start it again")
                }
            }
        }

        /// Nothing more comes.
        package func finish() { shutdown(descriptor.raw, CInt(SHUT_WR)) }
    }
}
