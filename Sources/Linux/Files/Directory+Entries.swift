import CLinux
import Glibc
package import SystemPackage

extension Directory {
    /// Visits every entry but `.` and `..`, in the file system's order, with the name lent to `body`.
    ///
    /// Starts over from the first entry at every call. Two visits of one `Directory` at a time disturb each
    /// other: use `reopened()`. Entries that come or go meanwhile may be seen or not.
    package func forEachEntry(
        _ body: (borrowing EntryName) throws(Errno) -> Void
    ) throws(Errno) {
        try descriptor.seek(to: 0)
        let buffer = EntryBuffer()
        while try buffer.fill(from: raw) {
            while let name = unsafe buffer.next() {
                try unsafe body(EntryName(name.pointer, kind: name.kind))
            }
        }
    }

    /// As `forEachEntry`, for a `body` that throws errors of its own.
    package func visitEntries(_ body: (borrowing EntryName) throws -> Void) throws {
        try descriptor.seek(to: 0)
        let buffer = EntryBuffer()
        while try buffer.fill(from: raw) {
            while let name = unsafe buffer.next() {
                try unsafe body(EntryName(name.pointer, kind: name.kind))
            }
        }
    }

    /// All names but `.` and `..`, in the file system's order.
    package func entryNames() throws(Errno) -> [[UInt8]] {
        var names: [[UInt8]] = []
        try forEachEntry { name in names.append(name.bytes) }
        return names
    }

    /// There is no entry but `.` and `..`.
    package func isEmpty() throws(Errno) -> Bool {
        try descriptor.seek(to: 0)
        let buffer = EntryBuffer()
        while try buffer.fill(from: raw) {
            if unsafe buffer.next() != nil { return false }
        }
        return true
    }
}

/// One block of records from `getdents64`.
@safe
private final class EntryBuffer {
    private static let size = 32 << 10
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: EntryBuffer.size, alignment: 8)
    private var end = 0
    private var position = 0

    deinit { unsafe buffer.deallocate() }

    /// Reads the next block; `false` at the end of the directory.
    func fill(from directory: CInt) throws(Errno) -> Bool {
        // SAFETY: the buffer has `count` bytes.
        end = try systemCall { unsafe linux_getdents64(directory, buffer.baseAddress, buffer.count) }
        position = 0
        return end > 0
    }

    /// The next record's name and kind, valid until `fill`; `nil` at the end of the block.
    @unsafe
    func next() -> (pointer: UnsafePointer<CChar>, kind: FileKind?)? {
        while position < end {
            // SAFETY: struct linux_dirent64 is d_ino 0, d_off 8, d_reclen 16, d_type 18, d_name 19,
            // NUL-terminated, and the kernel writes whole records only.
            let record = unsafe UnsafeRawBufferPointer(rebasing: buffer[position..<end])
            position += Int(unsafe record.load(fromByteOffset: 16, as: UInt16.self))
            let type = unsafe record.load(fromByteOffset: 18, as: UInt8.self)
            guard let base = record.baseAddress else { return nil }
            let name = unsafe (base + 19).assumingMemoryBound(to: CChar.self)
            if unsafe Self.isDots(name) { continue }
            return unsafe (name, FileKind(mode: UInt32(type) << 12))
        }
        return nil
    }

    private static func isDots(_ name: UnsafePointer<CChar>) -> Bool {
        // SAFETY: each byte is read only when the one before it was not the terminator.
        unsafe name[0] == 0x2E && (name[1] == 0 || (name[1] == 0x2E && name[2] == 0))
    }
}
