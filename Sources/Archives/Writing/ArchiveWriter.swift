import CArchive
package import Linux
package import Model
import SystemPackage

/// Writes a tar archive (pax) as a stream: times to the nanosecond, attributes, holes, names of any bytes.
///
/// Without `finish` the archive has no end and can't pass for a whole one.
package struct ArchiveWriter: ~Copyable {
    private let library: LibraryWriter
    private let limits: ArchiveLimits
    private let cancellation: Cancellation?

    /// - Parameters:
    ///   - limits: of them the size of one file: what is unpacked elsewhere is held to it, too.
    ///   - cancellation: looked at before every entry and every block of a file, holes included: a sink gets nothing of them.
    package init(
        to sink: any ByteSink, packing: ArchivePacking = .plain, limits: ArchiveLimits = ArchiveLimits(),
        cancellation: Cancellation? = nil
    ) throws(Failure) {
        library = try LibraryWriter(to: sink, packing: packing)
        self.limits = limits
        self.cancellation = cancellation
    }

    /// Writes an entry that has no data.
    ///
    /// - Throws: `archive-invalid` for what tar can't hold, `cancelled`, and what the sink throws.
    package mutating func add(_ entry: ArchiveEntry) throws(Failure) {
        unsafe try writeHeader(of: entry) { _ in }
    }

    /// Writes a file with the content of `file`, from which exactly the entry's size is read.
    ///
    /// - Throws: `workspace-changing` when it became shorter meanwhile, `too-large` beyond the limit of one file, holes
    ///   included, `cancelled`, and what the sink throws.
    package mutating func add(_ entry: ArchiveEntry, content file: borrowing Descriptor) throws(Failure) {
        guard case .file(let size) = entry.content else { return try add(entry) }
        guard size <= limits.entryBytes else {
            throw Failure(
                .tooLarge,
                "‘\(entry.name)’ has \(ByteSize(bytes: size)), more than \(ByteSize(bytes: limits.entryBytes))",
                fix: "leave it out, or make it shorter: holes count")
        }
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
        // Where the holes are is written before the first byte; of the last one no more is asked for.
        if regions.isEmpty { try writeZeros(min(1, size)) }
    }

    /// Writes the end mark and everything that is buffered.
    package consuming func finish() throws(Failure) { try library.close() }

    /// - Parameter amend: gets the header before it is written.
    @unsafe
    private func writeHeader(of entry: ArchiveEntry, _ amend: (OpaquePointer) -> Void) throws(Failure) {
        try cancellation?.check()
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
            try cancellation?.check()
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
            try cancellation?.check()
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
