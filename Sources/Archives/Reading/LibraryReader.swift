import CArchive
import Model

/// libarchive's reader, fed from a `ByteSource`.
///
/// Names come out as the bytes that are in the archive as long as the process keeps the locale "C", which it
/// starts with: with any other, libarchive converts them and brings them to one Unicode normal form.
@safe
final class LibraryReader: ByteSource {
    enum Format { case tar, raw }

    private let archive: OpaquePointer
    private let feed: SourceFeed
    private let headerLimit: Int64
    /// An entry was handed out, whose data may not all have been read.
    private var isInEntry = false

    /// - Parameters:
    ///   - filter: what the source is compressed with, which gzip is not; empty for nothing. It is not left to libarchive to
    ///     find out: that looks at what comes out of a filter again, and puts up to 24 of them behind one another.
    ///   - limit: of all bytes of the source.
    ///   - headerLimit: of those that an entry, or a block of its data, may take before it comes out.
    init(
        _ source: any ByteSource, format: Format, filter: ArchiveFilters, limit: Int64 = .max,
        headerLimit: Int64 = .max
    ) throws(Failure) {
        guard let archive = unsafe archive_read_new() else { throw Failure.outOfMemory }
        unsafe self.archive = archive
        feed = SourceFeed(source, limit: limit)
        self.headerLimit = headerLimit
        // SAFETY: `archive` is valid until `deinit`; `feed` is kept by this object as long.
        unsafe try require(
            format == .tar
                ? archive_read_support_format_tar(archive) : archive_read_support_format_raw(archive))
        // A warning here means an external program would do it.
        if filter == .zstandard {
            unsafe try require(archive_read_append_filter(archive, ARCHIVE_FILTER_ZSTD))
        }
        if filter == .xz { unsafe try require(archive_read_append_filter(archive, ARCHIVE_FILTER_XZ)) }
        let context = unsafe Unmanaged.passUnretained(feed).toOpaque()
        let code = unsafe archive_read_open(
            archive, context, nil,
            { _, context, block in
                guard let context = unsafe context, let block = unsafe block else { return -1 }
                return unsafe Unmanaged<SourceFeed>.fromOpaque(context).takeUnretainedValue().fill(block)
            }, nil)
        if code != ARCHIVE_OK { throw failure() }
    }

    deinit { unsafe archive_read_free(archive) }

    /// Every byte of the source so far, and how it ends.
    var stream: SourceFeed { feed }

    /// The next entry's header, valid until the next call; nil at the end.
    @unsafe
    func nextHeader() throws(Failure) -> OpaquePointer? {
        if isInEntry {
            // What was not read of its data may have any length.
            feed.allow(.max)
            // SAFETY: `archive` is valid.
            if unsafe archive_read_data_skip(archive) != ARCHIVE_OK { throw failure() }
        }
        feed.allow(headerLimit)
        var entry: OpaquePointer?
        // SAFETY: `archive` is valid; `entry` outlives the call.
        let code = unsafe archive_read_next_header(archive, &entry)
        isInEntry = code != ARCHIVE_EOF
        switch code {
        case ARCHIVE_OK: return unsafe entry
        case ARCHIVE_EOF where feed.failure == nil: return nil
        case ARCHIVE_WARN where isHarmless: return unsafe entry
        default: throw failure()
        }
    }

    /// Data of the present entry into `buffer`, holes as zeros; 0 at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        // SAFETY: the buffer is the caller's and valid for its length.
        let count = unsafe archive_read_data(archive, buffer.baseAddress, buffer.count)
        if count < 0 { throw failure() }
        return count
    }

    /// The next block of data of the present entry and its offset, valid until the next call; nil at its end.
    @unsafe
    func nextBlock() throws(Failure) -> (UnsafeRawBufferPointer, offset: Int64)? {
        feed.allow(headerLimit)
        var block: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        // SAFETY: the three variables outlive the call.
        switch unsafe archive_read_data_block(archive, &block, &count, &offset) {
        case ARCHIVE_OK: return unsafe (UnsafeRawBufferPointer(start: block, count: count), offset)
        case ARCHIVE_EOF: return nil
        default: throw failure()
        }
    }

    /// What went wrong: in the source, else in libarchive's words.
    private func failure() -> Failure {
        feed.failure ?? Failure.archive("the archive is damaged: \(message)")
    }

    private var message: String {
        // SAFETY: the string is the archive's and copied at once.
        guard let text = unsafe archive_error_string(archive) else { return "no reason given" }
        return unsafe String(cString: text)
    }

    /// Warnings that lose nothing: names that are not in the locale's character set (they come as they are),
    /// and access control lists in star's textual form, which nobody but star reads.
    private var isHarmless: Bool {
        message.hasSuffix("current locale.") || message.hasPrefix("Parse error: ")
    }

    private func require(_ code: CInt) throws(Failure) {
        if code != ARCHIVE_OK { throw Failure.libraryTooPoor(message) }
    }
}
