package import Model

/// The plain bytes of a source that may be compressed, once.
///
/// What it is compressed with is told by the bytes themselves; bytes in none of the known ways pass as they
/// are. Checksums are looked at. At the end the whole source has been read, whatever follows the compressed
/// part, so that a digest taken there is that of the whole file.
package final class Decompressor: ByteSource {
    private let source: any ByteSource
    private let plain: any ByteSource
    private let place: DecoderPlaces.Place?
    private var isAtEnd = false
    private let cancellation: Cancellation?

    /// - Parameters:
    ///   - cancellation: looked at before every block that comes out; few may go in for many.
    ///   - places: one is taken for as long as this lives by what is compressed with xz.
    /// - Throws: `archive-invalid` when there is not a single byte, and for what is compressed within what is
    ///   compressed: every time more would take a decompressor's memory once more, for a few bytes; `too-many`.
    package init(
        _ source: any ByteSource, filters: ArchiveFilters = .all, cancellation: Cancellation? = nil,
        places: DecoderPlaces = .xz
    ) throws(Failure) {
        self.source = source
        self.cancellation = cancellation
        let packed = try PeekedSource(source, count: ArchiveFilters.beginningBytes)
        guard !packed.start.isEmpty else { throw Failure.archive("the archive is empty") }
        let filter = ArchiveFilters(beginning: packed.start)
        guard !filter.isEmpty, filters.contains(filter) else {
            plain = packed
            place = nil
            return
        }
        place = filter == .xz ? try places.take() : nil
        let unpacked = try PeekedSource(
            Decompressor.decoder(of: filter, packed), count: ArchiveFilters.beginningBytes)
        guard ArchiveFilters(beginning: unpacked.start).isEmpty else {
            throw Failure.archive(
                "the archive is compressed, and what comes out is compressed again", fix: "compress it once")
        }
        plain = unpacked
    }

    private static func decoder(
        of filter: ArchiveFilters, _ packed: any ByteSource
    ) throws(Failure) -> any ByteSource {
        if filter == .gzip { return try GunzipSource(packed) }
        let library = try LibraryReader(packed, format: .raw, filter: filter)
        // SAFETY: the header is not looked into.
        guard unsafe try library.nextHeader() != nil else { throw Failure.archive("the archive is empty") }
        return library
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        if isAtEnd { return 0 }
        try cancellation?.check()
        // SAFETY: the buffer is the caller's and valid for its length.
        let count = try unsafe plain.read(into: buffer)
        if count == 0 {
            isAtEnd = true
            try source.drain()
        }
        return count
    }
}
