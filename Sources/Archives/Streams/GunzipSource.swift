import CZlib
import Model

/// The plain bytes of a source that is compressed with gzip (RFC 1952), with the checksum and the length of every member
/// looked at, as libarchive does not.
///
/// Members in a row are one stream. Zeros may follow, as what writes in blocks leaves them; anything else is damage.
@safe
final class GunzipSource: ByteSource {
    /// What a member begins with.
    static let magic: [UInt8] = [0x1F, 0x8B]

    private enum Place { case inMember, betweenMembers, inPadding, atEnd }

    private let source: any ByteSource
    private let input = BlockBuffer()
    /// At one address for as long as zlib knows it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var place = Place.inMember

    init(_ source: any ByteSource) throws(Failure) {
        self.source = source
        unsafe stream = UnsafeMutablePointer.allocate(capacity: 1)
        // SAFETY: the stream is allocated, and as zlib asks for it: all zero.
        unsafe stream.initialize(to: z_stream())
        let code = unsafe inflateInit2_(
            stream, 16 + MAX_WBITS, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw Failure.outOfMemory }
    }

    deinit {
        // SAFETY: nobody else has the stream; zlib takes one that was never begun.
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        let most = UInt32(clamping: buffer.count)
        if most == 0 { return 0 }
        // SAFETY: zlib writes at most `most` bytes, before this returns.
        unsafe stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = most
        while unsafe stream.pointee.avail_out == most, place != .atEnd {
            if unsafe stream.pointee.avail_in == 0, try fill() == 0 {
                guard place != .inMember else { throw Failure.archive("the archive is cut off") }
                place = .atEnd
            } else {
                try goOn()
            }
        }
        return unsafe Int(most - stream.pointee.avail_out)
    }

    private func fill() throws(Failure) -> Int {
        // SAFETY: the buffer lives as long as this object; zlib only reads from it.
        let count = try unsafe source.read(into: input.bytes)
        unsafe stream.pointee.next_in = input.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(count)
        return count
    }

    /// Takes some of the input that there is.
    private func goOn() throws(Failure) {
        if place == .betweenMembers {
            // SAFETY: there is a byte of input.
            if unsafe stream.pointee.next_in.pointee == 0 {
                place = .inPadding
            } else {
                // SAFETY: the stream is zlib's.
                unsafe inflateReset(stream)
                place = .inMember
            }
        }
        if place == .inPadding { return try skipPadding() }
        // SAFETY: input and output are valid for their lengths.
        switch unsafe inflate(stream, Z_NO_FLUSH) {
        // The second: it wants more input.
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: place = .betweenMembers
        case Z_MEM_ERROR: throw Failure.outOfMemory
        default: throw Failure.archive("the archive is damaged: \(message)")
        }
    }

    private func skipPadding() throws(Failure) {
        // SAFETY: that many bytes of input are there.
        let rest = unsafe UnsafeBufferPointer(
            start: stream.pointee.next_in, count: Int(stream.pointee.avail_in))
        guard unsafe rest.allSatisfy({ $0 == 0 }) else {
            throw Failure.archive("the archive is damaged: something else follows the compressed part")
        }
        unsafe stream.pointee.avail_in = 0
    }

    private var message: String {
        // SAFETY: a constant of zlib's.
        guard let text = unsafe stream.pointee.msg else { return "no reason given" }
        return unsafe String(cString: text)
    }
}
