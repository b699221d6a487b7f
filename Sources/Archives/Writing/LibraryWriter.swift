import CArchive
import Model

/// libarchive's writer of pax archives, emptied into a `ByteSink`.
@safe
final class LibraryWriter {
    private let archive: OpaquePointer
    private let drain: SinkDrain

    init(to sink: any ByteSink, packing: ArchivePacking = .plain) throws(Failure) {
        guard let archive = unsafe archive_write_new() else { throw Failure.outOfMemory }
        unsafe self.archive = archive
        drain = SinkDrain(sink)
        // SAFETY: `archive` is valid until `deinit`; `drain` is kept by this object as long.
        unsafe try require(archive_write_set_format_pax(archive))
        switch packing {
        case .plain: break
        case .gzip: unsafe try require(archive_write_add_filter_gzip(archive))
        case .zstandard: unsafe try require(archive_write_add_filter_zstd(archive))
        }
        unsafe try require(archive_write_set_options(archive, "pax:xattrheader=SCHILY"))
        unsafe try require(archive_write_set_bytes_per_block(archive, CInt(BlockBuffer.defaultCapacity)))
        unsafe try require(archive_write_set_bytes_in_last_block(archive, 1))
        let context = unsafe Unmanaged.passUnretained(drain).toOpaque()
        let code = unsafe archive_write_open(
            archive, context, nil,
            { _, context, bytes, count in
                guard let context = unsafe context else { return -1 }
                let drain = unsafe Unmanaged<SinkDrain>.fromOpaque(context).takeUnretainedValue()
                return unsafe drain.take(UnsafeRawBufferPointer(start: bytes, count: count))
            }, nil)
        if code != ARCHIVE_OK { throw failure() }
    }

    deinit {
        // What is buffered is not wanted: without `close` the archive must not look whole.
        drain.isClosed = true
        unsafe archive_write_free(archive)
    }

    @unsafe
    func writeHeader(_ header: OpaquePointer) throws(Failure) {
        // SAFETY: both are valid.
        let code = unsafe archive_write_header(archive, header)
        // A warning is about a name that is not in the locale's character set: it is written as it is.
        if code == ARCHIVE_OK || (code == ARCHIVE_WARN && message.hasSuffix(" to UTF-8")) { return }
        throw failure()
    }

    /// Data of the present entry, holes included.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        // SAFETY: the bytes are valid for the duration of this call.
        let written = unsafe archive_write_data(archive, bytes.baseAddress, bytes.count)
        if written != bytes.count { throw failure() }
    }

    /// Writes the end mark and everything that is buffered.
    func close() throws(Failure) {
        // SAFETY: `archive` is valid.
        if unsafe archive_write_close(archive) != ARCHIVE_OK { throw failure() }
    }

    private var message: String {
        // SAFETY: the string is the archive's and copied at once.
        guard let text = unsafe archive_error_string(archive) else { return "no reason given" }
        return unsafe String(cString: text)
    }

    private func failure() -> Failure {
        drain.failure
            ?? Failure.archive("the archive can't be written: \(message)", fix: "leave the entry out")
    }

    private func require(_ code: CInt) throws(Failure) {
        if code != ARCHIVE_OK { throw Failure.libraryTooPoor(message) }
    }
}
