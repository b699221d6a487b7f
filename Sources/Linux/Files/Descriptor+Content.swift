import CLinux
import Glibc
package import SystemPackage

extension Descriptor {
    /// Reads at the file's position into `buffer`; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        // SAFETY: the buffer is the caller's and valid for its length.
        try systemCall { unsafe Glibc.read(raw, buffer.baseAddress, buffer.count) }
    }

    /// Reads at `offset` into `buffer`; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(Errno) -> Int {
        // SAFETY: the buffer is the caller's and valid for its length.
        try systemCall { unsafe pread(raw, buffer.baseAddress, buffer.count, Int(offset)) }
    }

    /// One read at the file's position of at most `count` bytes; empty at the end.
    package func read(upTo count: Int) throws(Errno) -> [UInt8] {
        // SAFETY: the buffer is lent for the call.
        try unsafe bytes(upTo: count) { (buffer) throws(Errno) in try unsafe read(into: buffer) }
    }

    /// One read at `offset` of at most `count` bytes; empty at the end.
    package func read(upTo count: Int, at offset: Int64) throws(Errno) -> [UInt8] {
        // SAFETY: the buffer is lent for the call.
        try unsafe bytes(upTo: count) { (buffer) throws(Errno) in try unsafe read(into: buffer, at: offset) }
    }

    private func bytes(
        upTo count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    ) throws(Errno) -> [UInt8] {
        var outcome = Result<Int, Errno>.success(0)
        // SAFETY: `fill` writes at most `count` bytes and answers how many it initialized.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            outcome = Result { () throws(Errno) in
                try unsafe fill(
                    UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
            }
            if case .success(let read) = outcome { initialized = read }
        }
        _ = try outcome.get()
        return bytes
    }

    /// Everything from the file's position to the end; `Errno.fileTooLarge` beyond `limit` bytes.
    package func readAll(limit: Int) throws(Errno) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            // One more than is allowed tells a file at the limit from one beyond it.
            let chunk = try read(upTo: min(65536, limit - all.count + 1))
            if chunk.isEmpty { return all }
            all += chunk
            if all.count > limit { throw .fileTooLarge }
        }
    }

    /// Makes the file at least `bytes` long, with blocks for all of it; `Errno.noSpace` where there are not so many.
    package func allocate(_ bytes: Int64) throws(Errno) {
        // No `errno`: the call answers it.
        let code = posix_fallocate(raw, 0, Int(bytes))
        if code != 0 { throw Errno(rawValue: code) }
    }

    /// Keeps blocks for the file's first `bytes`, without making it longer: `Errno.noSpace` where there are not so many,
    /// `Errno.notSupportedOnSocket` (`EOPNOTSUPP`) on file systems that can't. Truncating gives back what is behind the end.
    package func reserve(_ bytes: Int64) throws(Errno) {
        _ = try systemCall { linux_reserve(raw, bytes) }
    }

    /// Writes all of `bytes` at the file's position.
    package func writeAll(_ bytes: [UInt8]) throws(Errno) {
        // SAFETY: bytes have no padding to leak.
        try unsafe writeAll(bytes.span.bytes)
    }

    /// Writes all of `bytes` at the file's position.
    package func writeAll(_ bytes: RawSpan) throws(Errno) {
        var written = 0
        while written < bytes.byteCount {
            let rest = bytes.extracting(droppingFirst: written)
            let result: Result<Int, Errno> = unsafe rest.withUnsafeBytes { rest in
                // SAFETY: the span's bytes are valid for the duration of the call.
                Result { () throws(Errno) in
                    try systemCall { unsafe Glibc.write(raw, rest.baseAddress, rest.count) }
                }
            }
            written += try result.get()
        }
    }

    /// Writes all of `bytes` at `offset`.
    package func writeAll(_ bytes: [UInt8], at offset: Int64) throws(Errno) {
        // SAFETY: bytes have no padding to leak.
        try unsafe writeAll(bytes.span.bytes, at: offset)
    }

    /// Writes all of `bytes` at `offset`.
    package func writeAll(_ bytes: RawSpan, at offset: Int64) throws(Errno) {
        var written = 0
        while written < bytes.byteCount {
            let rest = bytes.extracting(droppingFirst: written)
            let position = Int(offset) + written
            let result: Result<Int, Errno> = unsafe rest.withUnsafeBytes { rest in
                // SAFETY: the span's bytes are valid for the duration of the call.
                Result { () throws(Errno) in
                    try systemCall { unsafe pwrite(raw, rest.baseAddress, rest.count, position) }
                }
            }
            written += try result.get()
        }
    }

    /// Sets the file's length; what is added reads as zeros.
    package func truncate(to size: Int64) throws(Errno) {
        _ = try systemCall { ftruncate(raw, Int(size)) }
    }

    /// Moves the file's position to `offset` from the start.
    package func seek(to offset: Int64) throws(Errno) {
        _ = try systemCall { lseek(raw, Int(offset), SEEK_SET) }
    }

    /// The first offset with data at or after `offset`; `nil` when only a hole is left.
    package func nextData(from offset: Int64) throws(Errno) -> Int64? {
        try nextRegion(from: offset, LINUX_SEEK_DATA)
    }

    /// The first offset of a hole at or after `offset`, the file's end being one; `nil` beyond the end.
    package func nextHole(from offset: Int64) throws(Errno) -> Int64? {
        try nextRegion(from: offset, LINUX_SEEK_HOLE)
    }

    private func nextRegion(from offset: Int64, _ whence: CInt) throws(Errno) -> Int64? {
        do {
            return Int64(try systemCall { lseek(raw, Int(offset), whence) })
        } catch .noSuchAddressOrDevice {
            return nil
        }
    }

    /// Puts content and metadata of this file on the disk.
    package func synchronize() throws(Errno) { _ = try systemCall { fsync(raw) } }

    /// Puts everything of the file system this file is on, on the disk.
    package func synchronizeFileSystem() throws(Errno) { _ = try systemCall { linux_syncfs(raw) } }
}
