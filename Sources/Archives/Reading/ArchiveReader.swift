import CArchive
package import Model

/// Reads a tar archive from its first to its last entry, as a stream.
///
/// ```swift
/// var reader = try ArchiveReader(compressed: DescriptorSource(file, name: "the archive"))
/// while let entry = try reader.next() {
///     try reader.forEachBlock { block, offset in … }
/// }
/// try reader.finish()
/// ```
/// ustar, GNU and pax headers, with sparse files in all their forms. Paths and link targets are the bytes of
/// the archive.
package struct ArchiveReader: ~Copyable {
    private let library: LibraryReader
    /// The entry read last, for messages.
    private var lastName: String?

    /// What an entry may take before its data. libarchive keeps the map of a sparse file in memory, at up to
    /// twelve times the bytes it has in the archive.
    package static let headerBytes: Int64 = 16 << 20

    /// - Parameters:
    ///   - source: a tar archive, not compressed.
    ///   - limit: how many bytes the archive may have in all.
    ///   - headerLimit: how many bytes of it may come before an entry, or before a block of its data.
    package init(
        plain source: any ByteSource, limit: Int64 = .max, headerLimit: Int64 = ArchiveReader.headerBytes
    ) throws(Failure) {
        library = try LibraryReader(
            source, format: .tar, filter: [], limit: limit, headerLimit: headerLimit)
    }

    /// - Parameters:
    ///   - source: a tar archive, compressed or not.
    ///   - limit: how many bytes the archive may have in all when unpacked.
    package init(
        compressed source: any ByteSource, filters: ArchiveFilters = .all, limit: Int64 = .max
    ) throws(Failure) {
        try self.init(plain: Decompressor(source, filters: filters), limit: limit)
    }

    /// The next entry; data of the one before that was not read is skipped. Nil at the archive's end mark.
    ///
    /// - Throws: `archive-invalid`, `too-large`.
    package mutating func next() throws(Failure) -> ArchiveEntry? {
        do throws(Failure) {
            // SAFETY: the header is copied before the next call.
            guard let header = unsafe try library.nextHeader() else { return nil }
            let entry = unsafe try ArchiveEntry(library: header)
            lastName = entry.name
            return entry
        } catch {
            throw located(error, "after")
        }
    }

    /// Visits the data of the present entry in blocks, each lent for one call with its offset in the file.
    ///
    /// Holes are left out: what lies between blocks, and up to the entry's size, reads as zeros.
    /// - Throws: `archive-invalid`, `too-large`, and what `body` throws.
    package mutating func forEachBlock(
        _ body: (UnsafeRawBufferPointer, _ offset: Int64) throws(Failure) -> Void
    ) throws(Failure) {
        while true {
            // SAFETY: a block is valid until the next call of `nextBlock`.
            let block = unsafe Result { () throws(Failure) in unsafe try library.nextBlock() }
            switch unsafe block {
            case .success(nil): return
            case .success(let (bytes, offset)?): unsafe try body(bytes, offset)
            case .failure(let failure): throw located(failure, "in")
            }
        }
    }

    /// Reads what follows the end mark, so that digests on the way cover the whole stream.
    ///
    /// - Parameter endMark: whether the archive has to end with one. Without it an archive that was cut off
    ///   between two entries passes for a whole one; some writers leave it out all the same.
    /// - Throws: `archive-invalid`.
    package mutating func finish(requiringEndMark endMark: Bool = false) throws(Failure) {
        try library.stream.drain()
        if endMark && library.stream.trailingZeros < 512 {
            throw Failure(
                .archiveInvalid,
                "the archive ends without an end mark" + (lastName.map { ", after entry ‘\($0)’" } ?? ""),
                fix: "send it again: it was cut off")
        }
    }

    private func located(_ failure: Failure, _ preposition: String) -> Failure {
        guard let lastName, failure.code == .archiveInvalid else { return failure }
        return Failure(
            failure.code, "\(failure.detail) (\(preposition) entry ‘\(lastName)’)", fix: failure.fix)
    }
}
