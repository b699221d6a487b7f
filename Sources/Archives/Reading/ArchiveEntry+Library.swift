import CArchive
import Glibc
import Linux
import Model

extension ArchiveEntry {
    /// Copies libarchive's entry.
    ///
    /// - Throws: `archive-invalid` for numbers no file can have.
    @unsafe
    init(library entry: OpaquePointer) throws(Failure) {
        // SAFETY: the entry is valid for the duration of this call, and every string in it is copied.
        let path = unsafe Self.bytes(archive_entry_pathname(entry))
        let name = EntryPath.printable(path)
        let content = unsafe try Self.content(of: entry, name: name)
        let uid = unsafe archive_entry_uid(entry)
        let gid = unsafe archive_entry_gid(entry)
        guard let uid = UInt32(exactly: uid), let gid = UInt32(exactly: gid), uid != .max, gid != .max else {
            throw Failure.archive("entry ‘\(name)’ has an owner no system knows: \(uid):\(gid)")
        }
        let metadata = ArchiveMetadata(
            mode: unsafe archive_entry_perm(entry) & 0o7777, uid: uid, gid: gid,
            modified: unsafe try Self.modified(of: entry, name), attributes: unsafe Self.attributes(of: entry)
        )
        self.init(path: path, content: content, metadata: metadata)
    }

    @unsafe
    private static func modified(of entry: OpaquePointer, _ name: String) throws(Failure) -> Int64 {
        // SAFETY: as in `init(library:)`.
        let seconds = unsafe Int64(archive_entry_mtime(entry))
        let nanoseconds = unsafe Int64(archive_entry_mtime_nsec(entry))
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        // libarchive hands out the digits before and after the point of a decimal: a sign is for both.
        let (sum, overrun) = scaled.addingReportingOverflow(seconds < 0 ? -nanoseconds : nanoseconds)
        guard !overflow, !overrun, (0..<1_000_000_000).contains(nanoseconds) else {
            throw Failure.archive("entry ‘\(name)’ has a time no file system knows: \(seconds) s")
        }
        return sum
    }

    @unsafe
    private static func content(of entry: OpaquePointer, name: String) throws(Failure) -> Content {
        // SAFETY: as in `init(library:)`.
        if let target = unsafe archive_entry_hardlink(entry) {
            return unsafe .hardLink(target: bytes(target))
        }
        let device = unsafe DeviceNumber(
            major: UInt32(truncatingIfNeeded: archive_entry_rdevmajor(entry)),
            minor: UInt32(truncatingIfNeeded: archive_entry_rdevminor(entry)))
        switch unsafe FileKind(mode: archive_entry_filetype(entry)) {
        case .file:
            let size = unsafe archive_entry_size(entry)
            guard size >= 0 else { throw Failure.archive("entry ‘\(name)’ has a negative size") }
            return .file(size: size)
        case .directory: return .directory
        case .link: return unsafe .link(target: bytes(archive_entry_symlink(entry)))
        case .characterDevice: return .characterDevice(device)
        case .blockDevice: return .blockDevice(device)
        case .fifo: return .fifo
        case .socket: return .socket
        case nil: throw Failure.archive("entry ‘\(name)’ is of a type that is no file's")
        }
    }

    @unsafe
    private static func attributes(of entry: OpaquePointer) -> [String: [UInt8]] {
        var attributes: [String: [UInt8]] = [:]
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        // SAFETY: the pointers are the entry's and what they point to is copied at once.
        _ = unsafe archive_entry_xattr_reset(entry)
        while unsafe archive_entry_xattr_next(entry, &name, &value, &count) == ARCHIVE_OK {
            guard let name = unsafe name else { continue }
            unsafe attributes[String(cString: name)] = Array(
                UnsafeRawBufferPointer(start: value, count: count))
        }
        return attributes
    }

    @unsafe
    private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
        guard let text = unsafe text else { return [] }
        // SAFETY: libarchive's strings end with NUL.
        return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}
