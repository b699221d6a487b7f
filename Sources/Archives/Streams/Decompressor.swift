import CArchive
package import Model

/// The plain bytes of a source that may be compressed.
///
/// What it is compressed with is told by the bytes themselves; bytes in none of the known ways pass as they
/// are. Checksums are looked at. At the end the whole source has been read, whatever follows the compressed
/// part, so that a digest taken there is that of the whole file.
package final class Decompressor: ByteSource {
    private enum Decoder {
        case gzip(GunzipSource)
        case library(LibraryReader)
    }

    private let source: any ByteSource
    private let decoder: Decoder
    private var isAtEnd = false
    private let cancellation: Cancellation?

    /// - Parameter cancellation: looked at before every block that comes out; few may go in for many.
    /// - Throws: `archive-invalid` when there is not a single byte.
    package init(
        _ source: any ByteSource, filters: ArchiveFilters = .all, cancellation: Cancellation? = nil
    ) throws(Failure) {
        self.source = source
        self.cancellation = cancellation
        let peeked = try PeekedSource(source, count: GunzipSource.magic.count)
        if filters.contains(.gzip), peeked.start == GunzipSource.magic {
            decoder = .gzip(try GunzipSource(peeked))
            return
        }
        let library = try LibraryReader(peeked, format: .raw, filters: filters.subtracting(.gzip))
        // SAFETY: the header is not looked into.
        guard unsafe try library.nextHeader() != nil else { throw Failure.archive("the archive is empty") }
        decoder = .library(library)
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        if isAtEnd { return 0 }
        try cancellation?.check()
        // SAFETY: the buffer is the caller's and valid for its length.
        let count =
            switch decoder {
            case .gzip(let source): try unsafe source.read(into: buffer)
            case .library(let library): try unsafe library.readData(into: buffer)
            }
        if count == 0 {
            isAtEnd = true
            try source.drain()
        }
        return count
    }
}
