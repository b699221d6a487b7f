import CMount
import Glibc
package import SystemPackage

/// The mounts of this process's namespace, read through libmount.
package enum MountTable {
    /// All mounts, in the order the kernel lists them, which says nothing of what lies on what.
    package static func entries() throws(Errno) -> [MountEntry] {
        // SAFETY: table and iterator are made, used and released here; every string is copied at once.
        guard let table = unsafe mnt_new_table_from_file("/proc/self/mountinfo") else {
            throw Errno(rawValue: errno)
        }
        defer { unsafe mnt_unref_table(table) }
        guard let iterator = unsafe mnt_new_iter(CInt(MNT_ITER_FORWARD)) else { throw .noMemory }
        defer { unsafe mnt_free_iter(iterator) }
        var entries: [MountEntry] = []
        var line: OpaquePointer?
        while unsafe mnt_table_next_fs(table, iterator, &line) == 0, let entry = unsafe line {
            entries.append(
                unsafe MountEntry(
                    identifier: UInt64(clamping: mnt_fs_get_id(entry)),
                    parent: UInt64(clamping: mnt_fs_get_parent_id(entry)),
                    target: bytes(mnt_fs_get_target(entry)), root: bytes(mnt_fs_get_root(entry)),
                    fileSystem: text(mnt_fs_get_fstype(entry)), source: bytes(mnt_fs_get_source(entry)),
                    options: text(mnt_fs_get_options(entry))))
        }
        return entries
    }

    /// The mounts at `path` and below it.
    package static func entries(below path: [UInt8]) throws(Errno) -> [MountEntry] {
        try entries().filter { $0.isAtOrBelow(path) }
    }

    /// Unmounts everything at `path` and below it, innermost first; what is in use stays, and is the answer.
    ///
    /// Nobody else may be able to replace what leads to `path`. Whoever writes below it may: no link there is followed, and
    /// what is not the mount that the table has is left alone.
    ///
    /// With `lazily`, what is in use is detached: only where no process can write any more into what matters.
    package static func unmountAll(below path: [UInt8], lazily: Bool = false) throws(Errno) -> [MountEntry] {
        var left: [MountEntry] = []
        // A mount whose place was moved while the table was read is found elsewhere the next time.
        for _ in 0..<mostLooks {
            var hasMoved = false
            left = []
            for entry in innermostFirst(try entries(below: path)) {
                switch try entry.unmount(below: path, lazily: lazily) {
                case .done: continue
                case .busy: break
                case .moved: hasMoved = true
                }
                left.append(entry)
            }
            guard hasMoved else { break }
        }
        return left
    }

    private static let mostLooks = 5

    /// Sorted so that whatever lies on a mount comes before it.
    private static func innermostFirst(_ entries: [MountEntry]) -> [MountEntry] {
        let parents = Dictionary(entries.map { ($0.identifier, $0.parent) }, uniquingKeysWith: { $1 })
        func depth(_ entry: MountEntry) -> Int {
            var depth = 0
            var place = entry.parent
            // The table may have changed while it was read: no chain is longer than the table.
            while let next = parents[place], depth <= entries.count {
                depth += 1
                place = next
            }
            return depth
        }
        return entries.map { (depth($0), $0) }.sorted { $0.0 > $1.0 }.map(\.1)
    }

    /// A mount of that number is there, wherever.
    static func contains(_ identifier: UInt64) throws(Errno) -> Bool {
        try entries().contains { $0.identifier == identifier }
    }

    private static func bytes(_ string: UnsafePointer<CChar>?) -> [UInt8] {
        // SAFETY: libmount's strings end with NUL and live as long as the table.
        guard let string = unsafe string else { return [] }
        return unsafe UnsafeBufferPointer(start: string, count: strlen(string)).map { UInt8(bitPattern: $0) }
    }

    private static func text(_ string: UnsafePointer<CChar>?) -> String {
        String(decoding: unsafe bytes(string), as: UTF8.self)
    }
}
