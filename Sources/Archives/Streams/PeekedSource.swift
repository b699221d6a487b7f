import Model

/// A source whose first bytes are looked at before they are read.
final class PeekedSource: ByteSource {
    private let source: any ByteSource
    private(set) var start: [UInt8] = []
    private var next = 0

    /// - Parameter count: how many are looked at; fewer where the source has fewer.
    init(_ source: any ByteSource, count: Int) throws(Failure) {
        self.source = source
        let buffer = BlockBuffer(capacity: count)
        while start.count < count {
            // SAFETY: the buffer outlives the call.
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(count - start.count)])
            let read = try unsafe source.read(into: part)
            if read == 0 { break }
            unsafe start.append(contentsOf: part[..<read])
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        guard next < start.count else { return try unsafe source.read(into: buffer) }
        let count = min(start.count - next, buffer.count)
        // SAFETY: the buffer has room for that many.
        unsafe buffer.copyBytes(from: start[next..<(next + count)])
        next += count
        return count
    }
}
