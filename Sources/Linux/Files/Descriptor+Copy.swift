import CLinux
import Glibc
package import SystemPackage

extension Descriptor {
    /// Makes this file share all blocks of `source`; `false` where the file system can't.
    package func reflink(from source: borrowing Descriptor) throws(Errno) -> Bool {
        let from = source.raw
        do {
            _ = try systemCall { linux_reflink(from, raw) }
            return true
        } catch {
            switch error {
            // ENOTTY, EOPNOTSUPP, EINVAL, EXDEV: by file system, kernel and pair of files.
            case .inappropriateIOCTLForDevice, .notSupported, .invalidArgument, .improperLink,
                .noFunction:
                return false
            default: throw error
            }
        }
    }

    /// Copies `count` bytes at `offset` of `source` to the same place here; less when `source` ends before.
    ///
    /// In the kernel (`copy_file_range`) where it can, by reading and writing elsewhere.
    @discardableResult
    package func copyRange(
        from source: borrowing Descriptor, at offset: Int64, count: Int64
    ) throws(Errno) -> Int64 {
        let from = source.raw
        var copied: Int64 = 0
        while copied < count {
            var fromOffset = offset + copied
            var toOffset = fromOffset
            let chunk = Int(min(count - copied, 1 << 30))
            do {
                // SAFETY: both offsets are local variables that outlive the call.
                let moved = try systemCall {
                    unsafe linux_copy_file_range(from, &fromOffset, raw, &toOffset, chunk)
                }
                if moved == 0 { break }
                copied += Int64(moved)
            } catch {
                switch error {
                case .improperLink, .invalidArgument, .notSupported, .noFunction, .badFileDescriptor:
                    return copied
                        + (try copyByReading(from: source, at: offset + copied, count: count - copied))
                default: throw error
                }
            }
        }
        // Some file systems' files (procfs) answer 0 though there is more to read.
        if copied == 0 && count > 0 { return try copyByReading(from: source, at: offset, count: count) }
        return copied
    }

    private func copyByReading(
        from source: borrowing Descriptor, at offset: Int64, count: Int64
    ) throws(Errno) -> Int64 {
        var copied: Int64 = 0
        while copied < count {
            let chunk = try source.read(upTo: Int(min(count - copied, 1 << 18)), at: offset + copied)
            if chunk.isEmpty { break }
            try writeAll(chunk, at: offset + copied)
            copied += Int64(chunk.count)
        }
        return copied
    }

    /// Makes this empty file equal to the first `size` bytes of `source`, holes staying holes.
    ///
    /// - Returns: bytes of data found; fewer than `size` when `source` has holes or became shorter meanwhile.
    @discardableResult
    package func copyContents(of source: borrowing Descriptor, size: Int64) throws(Errno) -> Int64 {
        if size > 0, try reflink(from: source) {
            try truncate(to: size)
            return size
        }
        var copied: Int64 = 0
        var position: Int64 = 0
        while position < size, let data = try source.nextData(from: position), data < size {
            let end = min(try source.nextHole(from: data) ?? size, size)
            let moved = try copyRange(from: source, at: data, count: end - data)
            copied += moved
            if moved < end - data { break }
            position = end
        }
        try truncate(to: size)
        return copied
    }
}
