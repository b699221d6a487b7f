import Archives
import Crypto
import Model

/// Passes the bytes of a source on and takes their digest.
final class DigestingSource: ByteSource {
    private let source: any ByteSource
    private var hash = SHA256()
    private let report: (Int) -> Void
    private(set) var count: Int64 = 0

    /// - Parameter report: told how many bytes each block had.
    init(_ source: any ByteSource, report: @escaping (Int) -> Void = { _ in }) {
        self.source = source
        self.report = report
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        // SAFETY: the buffer is the caller's and valid for its length.
        let read = try unsafe source.read(into: buffer)
        unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<read]))
        count += Int64(read)
        report(read)
        return read
    }

    /// Of everything read so far.
    var digest: Model.Digest { Digest(hash.finalize()) }
}
