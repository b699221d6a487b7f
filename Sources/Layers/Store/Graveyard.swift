import Linux
package import Model
import SystemPackage

/// Where directories go that are no part of the store any more, and where they are deleted bit by bit.
///
/// Putting one there is a rename. Deleting goes in slices of bounded work, so that a million files never hold
/// anybody up: a subdirectory that lies deep is not descended into but moved up to the top of `dead/`, to be
/// emptied in its turn, so depth costs nothing and a crash at any point leaves what the next slice can go on with.
/// Links are not followed, nor other mounts entered; what can't be deleted is reported and stays.
package final class Graveyard: Sendable {
    private let dead: SharedDirectory

    init(dead: SharedDirectory) { self.dead = dead }

    /// What one slice of deletion came to.
    package struct Slice: Sendable {
        /// Entries deleted or moved up.
        package var handled = 0
        /// There is more to delete.
        package var hasMore = false
        /// What resisted, and why.
        package var obstacles: [Failure] = []
    }

    /// Moves the directory `number` of a folder here; no error if it is gone already.
    func bury(_ number: LayerID, from folder: SharedDirectory) throws(Failure) {
        try storing("take directory \(number) out of the store") {
            do {
                try folder.directory.rename(
                    number.description, to: dead.directory, as: number.description, .noReplace)
            } catch Errno.fileExists {
                // A layer and an active directory may have the same number.
                try folder.directory.rename(
                    number.description, to: dead.directory, as: Self.freshName(), .noReplace)
            } catch Errno.noSuchFileOrDirectory {
                return
            }
        }
    }

    /// What waits here.
    func takenAmount() throws(Failure) -> DiskAmount { try dead.directory.takenAmount() }

    /// Deletes at most `limit` entries.
    package func collect(atMost limit: Int) throws(Failure) -> Slice {
        var slice = Slice()
        var stuck: Set<[UInt8]> = []
        try storing("delete what is in dead/") {
            let top = try dead.directory.reopened()
            while slice.handled < limit {
                let before = slice.handled
                let entries = try Self.entries(of: top, atMost: 64 + stuck.count)
                    .filter { !stuck.contains($0.name) }
                if entries.isEmpty { return }
                for entry in entries where slice.handled < limit {
                    do {
                        try delete(entry, in: top, depth: 0, limit, &slice)
                    } catch let error as Errno {
                        stuck.insert(entry.name)
                        slice.obstacles.append(
                            .storage(error, "delete dead/\(EntryPath.printable(entry.name))"))
                    }
                }
                // All that is left resists.
                if slice.handled == before { return }
            }
            slice.hasMore = true
        }
        return slice
    }

    /// How far below the top of `dead/` a slice goes; what lies deeper is moved up.
    private static let deepest = 8

    private func delete(
        _ entry: Entry, in parent: borrowing Directory, depth: Int, _ limit: Int, _ slice: inout Slice
    ) throws {
        guard try entry.kind ?? parent.status(entry.name).kind == .directory else {
            try parent.removeTree(entry.name)
            slice.handled += 1
            return
        }
        guard depth < Self.deepest else {
            try moveUp(entry.name, from: parent)
            slice.handled += 1
            return
        }
        try empty(entry.name, in: parent, depth: depth, limit, &slice)
    }

    private func moveUp(_ name: [UInt8], from parent: borrowing Directory) throws(Errno) {
        do {
            try parent.rename(name, to: dead.directory, as: Self.freshName(), .noReplace)
        } catch .notPermitted {
            // Immutable: only the removal of the whole tree knows how to take that away.
            try parent.removeTree(name)
        }
    }

    /// How often a directory is listed again that has got new entries since all of it was deleted.
    private static let mostReturns = 3

    /// Deletes what the directory `name` holds, and it when that was all. What resists holds nothing up that lies beside
    /// it, and is thrown at the end; so does a directory that somebody goes on writing to.
    private func empty(
        _ name: [UInt8], in parent: borrowing Directory, depth: Int, _ limit: Int, _ slice: inout Slice
    ) throws {
        let directory = try parent.openDirectory(
            beneath: name, resolve: [.beneath, .noSymbolicLinks, .noMountCrossing])
        var returns = 0
        while slice.handled < limit {
            let most = min(1024, limit - slice.handled)
            let entries = try Self.entries(of: directory, atMost: most)
            var obstacle: Errno?
            for entry in entries where slice.handled < limit {
                do {
                    try delete(entry, in: directory, depth: depth + 1, limit, &slice)
                } catch let error as Errno {
                    obstacle = error
                }
            }
            if let obstacle { throw obstacle }
            guard slice.handled < limit else { return }
            do throws(Errno) {
                try parent.remove(name, directory: true)
            } catch {
                switch error {
                case .directoryNotEmpty where entries.count == most: continue
                case .directoryNotEmpty where !entries.isEmpty && returns < Self.mostReturns:
                    returns += 1
                    continue
                case .notPermitted: try parent.removeTree(name)
                default: throw error
                }
            }
            slice.handled += 1
            return
        }
    }

    private struct Entry {
        let name: [UInt8]
        /// Nil where the file system does not tell.
        let kind: FileKind?
    }

    /// The first few entries of a directory.
    private static func entries(of directory: borrowing Directory, atMost limit: Int) throws -> [Entry] {
        struct Enough: Error {}
        var entries: [Entry] = []
        do {
            try directory.visitEntries { name in
                entries.append(Entry(name: name.bytes, kind: name.kind))
                if entries.count >= limit { throw Enough() }
            }
        } catch is Enough {
            // The rest comes in another turn.
        }
        return entries
    }

    private static func freshName() -> String {
        "moved-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    }
}
