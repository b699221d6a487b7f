import CArchive
package import Linux
package import Model
import SystemPackage

/// Writes a tar archive (pax) as a stream: times to the nanosecond, attributes, holes, names of any bytes.
///
/// Without `finish` the archive has no end and can't pass for a whole one.
package struct ArchiveWriter: ~Copyable {
    private let library: LibraryWriter

    package init(to sink: any ByteSink, packing: ArchivePacking = .plain) throws(Failure) {
        library = try LibraryWriter(to: sink, packing: packing)
    }

    /// Writes an entry that has no data.
    ///
    /// - Throws: `archive-invalid` for what tar can't hold, and what the sink throws.
    package mutating func add(_ entry: ArchiveEntry) throws(Failure) {
        unsafe try writeHeader(of: entry) { _ in }
    }

    /// Writes a file with the content of `file`, from which exactly the entry's size is read.
    ///
    /// - Throws: `workspace-changing` when it became shorter meanwhile, and what the sink throws.
    package mutating func add(_ entry: ArchiveEntry, content file: borrowing Descriptor) throws(Failure) {
        guard case .file(let size) = entry.content else { return try add(entry) }
        let regions: [Region]
        do throws(Errno) {
            regions = try Region.data(of: file, size: size)
        } catch {
            throw unreadable(entry, error)
        }
        let isSparse = regions != [Region(start: 0, end: size)]
        unsafe try writeHeader(of: entry) { header in
            guard isSparse else { return }
            // A file that is one hole has one empty region.
            if regions.isEmpty { unsafe archive_entry_sparse_add_entry(header, 0, 0) }
            for region in regions {
                unsafe archive_entry_sparse_add_entry(header, region.start, region.end - region.start)
            }
        }
        let buffer = BlockBuffer()
        var position: Int64 = 0
        for region in regions {
            try writeZeros(region.start - position)
            try writeData(region, of: file, entry, buffer)
            position = region.end
        }
        try writeZeros(size - position)
    }

    /// Writes the end mark and everything that is buffered.
    package consuming func finish() throws(Failure) { try library.close() }

    /// - Parameter amend: gets the header before it is written.
    @unsafe
    private func writeHeader(of entry: ArchiveEntry, _ amend: (OpaquePointer) -> Void) throws(Failure) {
        guard let header = unsafe archive_entry_new() else { throw Failure.outOfMemory }
        // SAFETY: the header is used within this function only.
        defer { unsafe archive_entry_free(header) }
        unsafe try entry.fill(library: header)
        unsafe amend(header)
        unsafe try library.writeHeader(header)
    }

    private func writeData(
        _ region: Region, of file: borrowing Descriptor, _ entry: ArchiveEntry, _ buffer: BlockBuffer
    ) throws(Failure) {
        var position = region.start
        while position < region.end {
            let wanted = unsafe Int(min(Int64(buffer.bytes.count), region.end - position))
            let read: Int
            do throws(Errno) {
                // SAFETY: the buffer has at least `wanted` bytes.
                read = try unsafe file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<wanted]), at: position)
            } catch {
                throw unreadable(entry, error)
            }
            guard read > 0 else {
                throw Failure(
                    .workspaceChanging, "‘\(entry.name)’ became shorter while it was read",
                    fix: "try again when nothing writes there")
            }
            unsafe try library.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<read]))
            position += Int64(read)
        }
    }

    /// Tells libarchive of bytes in a hole: it counts them and writes none.
    private func writeZeros(_ count: Int64) throws(Failure) {
        guard count > 0 else { return }
        let zeros = [UInt8](repeating: 0, count: Int(min(count, 1 << 20)))
        var left = count
        while left > 0 {
            let chunk = Int(min(left, Int64(zeros.count)))
            let result = unsafe zeros.withUnsafeBytes { bytes in
                // SAFETY: the bytes are valid within this scope.
                Result { () throws(Failure) in
                    unsafe try library.write(UnsafeRawBufferPointer(rebasing: bytes[..<chunk]))
                }
            }
            try result.get()
            left -= Int64(chunk)
        }
    }

    private func unreadable(_ entry: ArchiveEntry, _ error: Errno) -> Failure {
        Failure(.badPath, "‘\(entry.name)’ can't be read: \(error)", fix: "make it readable")
    }
}
