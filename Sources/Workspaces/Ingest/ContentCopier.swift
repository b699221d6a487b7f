import Archives
import Crypto
import Linux
import Model
import SystemPackage

/// Reads a file once: into a digest, and into a copy if there is to be one. What is digested is what is stored.
///
/// Bytes go through this process even where the kernel could copy them by itself, since they are hashed anyway; only a
/// reflink, which shares the blocks, is better. Holes stay holes.
@safe
final class ContentCopier {
    private static let chunk = 256 << 10
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ContentCopier.chunk, alignment: 4096)
    private static let zeros = [UInt8](repeating: 0, count: ContentCopier.chunk)
    /// Where sharing blocks with the layer was tried in vain, by the source's device.
    private var withoutReflink: Set<DeviceNumber> = []
    private var space: SpaceWatch
    private let isInVain: () -> Bool

    /// - Parameters:
    ///   - reservedBytes: what copies leave free on their file system.
    ///   - room: what is left of the store's budget.
    ///   - isInVain: asked at every chunk; then `Errno.canceled` ends what is under way.
    init(leaving reservedBytes: Int64, of room: IncomingRoom?, unless isInVain: @escaping () -> Bool) {
        space = SpaceWatch(leaving: reservedBytes, of: room)
        self.isInVain = isInVain
    }

    deinit { unsafe buffer.deallocate() }

    /// The digest of the first `status.size` bytes, fewer if the file became shorter, and how many those were.
    func digest(of file: borrowing Descriptor, _ status: FileStatus) throws(Errno) -> (Model.Digest, Int64) {
        var hash = SHA256()
        let count = try read(file, status, into: &hash) { (_, _) throws(Errno) in }
        return (Model.Digest(hash.finalize()), count)
    }

    /// Makes the empty file `copy` equal to what it digests.
    ///
    /// `Errno.noSpace` before the last of the space is used.
    func copy(
        _ file: borrowing Descriptor, _ status: FileStatus, to copy: borrowing Descriptor
    ) throws(Errno) -> (Model.Digest, Int64) {
        try space.noteEntry(on: copy)
        if status.size > 0, !withoutReflink.contains(status.device) {
            if try copy.reflink(from: file) {
                let shared = try copy.status()
                // The file may have grown between its status and the sharing.
                if shared.size > status.size { try copy.truncate(to: status.size) }
                return try digest(of: copy, try copy.status())
            }
            withoutReflink.insert(status.device)
        }
        var hash = SHA256()
        let count = try read(file, status, into: &hash) { (bytes, offset) throws(Errno) in
            try copy.writeAll(bytes, at: offset)
            try space.note(Int64(bytes.byteCount), on: copy)
        }
        // A hole at the end leaves no bytes to write.
        try copy.truncate(to: count)
        return (Model.Digest(hash.finalize()), count)
    }

    private func read(
        _ file: borrowing Descriptor, _ status: FileStatus, into hash: inout SHA256,
        _ write: (RawSpan, Int64) throws(Errno) -> Void
    ) throws(Errno) -> Int64 {
        guard status.blocks * 512 < status.size else {
            return try readData(file, 0..<status.size, into: &hash, write)
        }
        var position: Int64 = 0
        while position < status.size {
            guard let data = try file.nextData(from: position), data < status.size else {
                try addZeros(status.size - position, to: &hash)
                return status.size
            }
            try addZeros(data - position, to: &hash)
            let end = min(try file.nextHole(from: data) ?? status.size, status.size)
            position = try readData(file, data..<end, into: &hash, write)
            if position < end { break }
        }
        return position
    }

    /// - Returns: where it ended, before the range's end only at the end of the file.
    private func readData(
        _ file: borrowing Descriptor, _ range: Range<Int64>, into hash: inout SHA256,
        _ write: (RawSpan, Int64) throws(Errno) -> Void
    ) throws(Errno) -> Int64 {
        var position = range.lowerBound
        while position < range.upperBound {
            if isInVain() { throw .canceled }
            // SAFETY: the buffer is this object's and longer than what is asked for; `part` is used within the loop only.
            let wanted = Int(min(Int64(ContentCopier.chunk), range.upperBound - position))
            let count = try unsafe file.read(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: position)
            if count == 0 { return position }
            let part = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
            unsafe hash.update(bufferPointer: part)
            try unsafe write(part.bytes, position)
            position += Int64(count)
        }
        return position
    }

    private func addZeros(_ count: Int64, to hash: inout SHA256) throws(Errno) {
        var left = count
        while left > 0 {
            if isInVain() { throw .canceled }
            let part = min(left, Int64(ContentCopier.chunk))
            // SAFETY: `part` is at most the count of zeros; the pointer is used within the closure only.
            unsafe ContentCopier.zeros.withUnsafeBytes { zeros in
                unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: zeros[..<Int(part)]))
            }
            left -= part
        }
    }
}
