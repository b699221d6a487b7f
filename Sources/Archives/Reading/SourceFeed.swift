import Model

/// Hands the blocks of a source to C code, and keeps what C code has no words for.
@safe
final class SourceFeed {
    private let source: any ByteSource
    private let buffer = BlockBuffer()
    private let limit: Int64
    private var allowance: Int64 = .max
    /// `count` when the allowance was given.
    private var start: Int64 = 0
    /// Bytes handed over so far.
    private(set) var count: Int64 = 0
    /// Zero bytes at the end of what was handed over, counted to 1024.
    private(set) var trailingZeros = 0
    /// Why `fill` answered -1.
    private(set) var failure: Failure?

    init(_ source: any ByteSource, limit: Int64) {
        self.source = source
        self.limit = limit
    }

    /// Lets `fill` hand over at most as many more bytes, until the next call.
    func allow(_ bytes: Int64) {
        start = count
        allowance = bytes
    }

    /// Reads the next block and points `block` to it, valid until the next call; its length, or -1.
    func fill(_ block: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        do throws(Failure) {
            // SAFETY: the buffer lives as long as this object.
            let read = try unsafe source.read(into: buffer.bytes)
            count += Int64(read)
            if count > limit {
                throw Failure(
                    .tooLarge, "the archive has more than \(ByteSize(bytes: limit)) when unpacked",
                    fix: "leave out what is not needed")
            }
            if count - start > allowance {
                throw Failure(
                    .tooLarge,
                    "an entry of the archive takes more than \(ByteSize(bytes: allowance)) before its data",
                    fix: "make the archive without maps of sparse files (tar without --sparse)")
            }
            unsafe noteZeros(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<read]))
            unsafe block.pointee = UnsafeRawPointer(buffer.bytes.baseAddress)
            return read
        } catch {
            failure = error
            return -1
        }
    }

    /// Reads the rest of the source without looking at it.
    func drain() throws(Failure) {
        allow(.max)
        var block: UnsafeRawPointer?
        while true {
            // SAFETY: `block` outlives the call.
            let read = unsafe fill(&block)
            if read == 0 { return }
            if read < 0, let failure { throw failure }
        }
    }

    private func noteZeros(_ block: UnsafeRawBufferPointer) {
        var zeros = 0
        // SAFETY: every index is within the block.
        while zeros < min(block.count, 1024), unsafe block[block.count - 1 - zeros] == 0 { zeros += 1 }
        trailingZeros = zeros == block.count ? min(trailingZeros + zeros, 1024) : zeros
    }
}
