import Archives
import Model

/// Bytes in memory, handed out in pieces of an odd size.
final class BytesSource: ByteSource {
    private var rest: ArraySlice<UInt8>
    private let piece: Int

    init(_ bytes: [UInt8], piece: Int = 7001) {
        rest = bytes[...]
        self.piece = piece
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        let part = rest.prefix(min(piece, buffer.count))
        rest = rest.dropFirst(part.count)
        // SAFETY: the part is not longer than the buffer.
        unsafe buffer.copyBytes(from: part)
        return part.count
    }
}

/// Keeps what is written to it.
final class BytesSink: ByteSink {
    private(set) var bytes: [UInt8] = []

    func write(_ more: UnsafeRawBufferPointer) throws(Failure) {
        // SAFETY: the bytes are copied at once.
        unsafe bytes.append(contentsOf: more)
    }
}
