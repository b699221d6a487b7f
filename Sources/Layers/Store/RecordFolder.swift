package import Linux
package import Model
import SystemPackage

/// The folder `records/`: a small file for each thing the catalog knows, from which a lost catalog is made again.
///
/// ```
/// records/KIND/KEY    what the catalog has on one thing
/// records/safe        how far they are on the disk for sure
/// ```
/// Nothing is synced here: whoever makes layers durable writes the records first, and one sync is for both. Everything
/// blocks.
package final class RecordFolder: Sendable {
    private let folder: SharedDirectory
    private let kinds: [String: SharedDirectory]
    private static let safe = "safe"
    /// Of one record; what is larger is damaged.
    private static let limit = 256 << 20

    /// Opens the records of the store in `directory`, and makes what is missing of the folders.
    package init(in directory: borrowing Directory, kinds: [String]) throws(Failure) {
        folder = SharedDirectory(try Self.ensure(StoreFolder.records.name, in: directory))
        var folders: [String: SharedDirectory] = [:]
        for kind in kinds {
            folders[kind] = SharedDirectory(try Self.ensure(kind, in: folder.directory))
        }
        self.kinds = folders
    }

    private static func ensure(_ name: String, in directory: borrowing Directory) throws(Failure) -> Directory
    {
        try storing("open the folder \(name) of the store") {
            try directory.ensureDirectory(name)
        }
    }

    /// Whether a record was ever written in the store in `directory`: then it had a catalog.
    package static func isUsed(in directory: borrowing Directory) -> Bool {
        guard let folder = try? directory.openDirectory(StoreFolder.records.name),
            let kinds = try? folder.entryNames()
        else { return false }
        return kinds.contains { kind in
            guard let kind = try? folder.openDirectory(kind) else { return false }
            return (try? kind.isEmpty()) == false
        }
    }

    /// Writes a record anew, by rename; nil takes it away.
    package func write(_ content: [UInt8]?, of kind: String, _ key: String) throws(Failure) {
        try storing("write the record of \(kind) \(key)") {
            let folder = try place(kind, key)
            guard let content else {
                do {
                    return try folder.directory.remove(key)
                } catch Errno.noSuchFileOrDirectory {
                    return
                }
            }
            try Self.replace(key, in: folder.directory, with: content)
        }
    }

    /// Nil for one that is not there or can't be one.
    package func read(_ kind: String, _ key: String) throws(Failure) -> [UInt8]? {
        try storing("read the record of \(kind) \(key)") {
            do {
                return try place(kind, key).directory.openFile(key).readAll(limit: Self.limit)
            } catch Errno.noSuchFileOrDirectory, Errno.tooManySymbolicLinkLevels, Errno.fileTooLarge {
                return nil
            }
        }
    }

    /// The keys of a kind's records, in no order, and what else lies there.
    package func keys(of kind: String) throws(Failure) -> (keys: [String], foreign: [String]) {
        try storing("list the records of kind \(kind)") {
            var (keys, foreign): ([String], [String]) = ([], [])
            guard let folder = kinds[kind] else { return (keys, foreign) }
            try folder.directory.reopened().visitEntries { name in
                let text = EntryPath.printable(name.bytes)
                if Self.isKey(text) {
                    keys.append(text)
                } else if !text.hasPrefix(".new-") {
                    foreign.append("records/\(kind)/\(text)")
                }
            }
            return (keys, foreign.sorted())
        }
    }

    package func writeMark(_ mark: [UInt8]) throws(Failure) {
        try storing("write down how far the records are safe") {
            try Self.replace(Self.safe, in: folder.directory, with: mark)
        }
    }

    package func readMark() throws(Failure) -> [UInt8]? {
        try storing("read how far the records are safe") {
            do {
                return try folder.directory.openFile(Self.safe).readAll(limit: 1 << 16)
            } catch Errno.noSuchFileOrDirectory {
                return nil
            }
        }
    }

    private func place(_ kind: String, _ key: String) throws -> SharedDirectory {
        guard let folder = kinds[kind], Self.isKey(key) else { throw Errno.invalidArgument }
        return folder
    }

    private static func isKey(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 200
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
            }
    }

    private static func replace(
        _ name: String, in directory: borrowing Directory, with content: [UInt8]
    ) throws(Errno) {
        // One writer at a time; what a crash left of an earlier one is written over.
        let temporary = ".new-\(name)"
        let file = try directory.openFile(temporary, [.writeOnly, .create, .truncate], mode: 0o600)
        try file.writeAll(content)
        try directory.rename(temporary, as: name)
    }
}
