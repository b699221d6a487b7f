package import Model

/// Where bytes come from, one block after the other: a file, a pipe, another source behind a filter.
///
/// A class, because C code holds on to it while it reads. Used by one thread at a time.
package protocol ByteSource: AnyObject {
    /// Fills a part of `buffer` from its start.
    ///
    /// - Returns: how many bytes; 0 only at the end, and from then on.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int
}

extension ByteSource {
    /// Reads and forgets everything up to the end.
    package func drain() throws(Failure) {
        let buffer = BlockBuffer()
        // SAFETY: the buffer outlives every call.
        while try unsafe read(into: buffer.bytes) > 0 {}
    }
}
