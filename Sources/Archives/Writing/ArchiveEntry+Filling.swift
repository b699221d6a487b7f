import CArchive
import Linux
import Model

extension ArchiveEntry {
    /// Puts everything into an empty header of libarchive's.
    ///
    /// - Throws: `archive-invalid` for a NUL in a name.
    @unsafe
    func fill(library header: OpaquePointer) throws(Failure) {
        // SAFETY: the header is valid for the duration of this call and copies every string.
        unsafe try withText(path) { unsafe archive_entry_copy_pathname(header, $0) }
        switch content {
        case .file(let size):
            unsafe archive_entry_set_filetype(header, FileKind.file.modeBits)
            unsafe archive_entry_set_size(header, size)
        case .directory: unsafe archive_entry_set_filetype(header, FileKind.directory.modeBits)
        case .link(let target):
            unsafe archive_entry_set_filetype(header, FileKind.link.modeBits)
            unsafe try withText(target) { unsafe archive_entry_copy_symlink(header, $0) }
        case .hardLink(let target):
            unsafe archive_entry_set_filetype(header, FileKind.file.modeBits)
            unsafe try withText(target) { unsafe archive_entry_copy_hardlink(header, $0) }
        case .characterDevice(let device): unsafe fill(header, .characterDevice, device)
        case .blockDevice(let device): unsafe fill(header, .blockDevice, device)
        case .fifo: unsafe archive_entry_set_filetype(header, FileKind.fifo.modeBits)
        case .socket: throw Failure.archive("tar can't hold a socket: ‘\(name)’", fix: "leave it out")
        }
        unsafe archive_entry_set_perm(header, metadata.mode)
        unsafe archive_entry_set_uid(header, Int64(metadata.uid))
        unsafe archive_entry_set_gid(header, Int64(metadata.gid))
        // As when reading, the digits before and after a decimal's point; `-0.5` loses its sign.
        let (seconds, nanoseconds) = metadata.modified.quotientAndRemainder(dividingBy: 1_000_000_000)
        unsafe archive_entry_set_mtime(header, Int(seconds), Int(nanoseconds.magnitude))
        for (attribute, value) in metadata.attributes.sorted(by: { $0.key < $1.key }) {
            unsafe archive_entry_xattr_add_entry(header, attribute, value, value.count)
        }
    }

    @unsafe
    private func fill(_ header: OpaquePointer, _ kind: FileKind, _ device: DeviceNumber) {
        // SAFETY: as in `fill(library:)`.
        unsafe archive_entry_set_filetype(header, kind.modeBits)
        unsafe archive_entry_set_rdevmajor(header, UInt(device.major))
        unsafe archive_entry_set_rdevminor(header, UInt(device.minor))
    }

    private func withText(
        _ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Void
    ) throws(Failure) {
        if bytes.contains(0) { throw Failure.archive("‘\(name)’ has a NUL in its name", fix: "rename it") }
        let text = bytes.map { CChar(bitPattern: $0) } + [0]
        // SAFETY: the buffer ends with NUL and is never empty.
        unsafe text.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { unsafe body(base) }
        }
    }
}
