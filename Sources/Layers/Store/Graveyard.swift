import Linux
package import Model
import SystemPackage

/// Where directories go that are no part of the store any more, and where they are deleted bit by bit.
///
/// Putting one there is a rename. Deleting goes in slices of bounded work, so that a million files never hold
/// anybody up: a subdirectory is not descended into but moved up to the top of `dead/`, to be emptied in its
/// turn, so depth costs nothing and a crash at any point leaves what the next slice can go on with. Links are
/// not followed, nor other mounts entered; what can't be deleted is reported and stays.
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
                let names = try Self.names(of: top, atMost: 64 + stuck.count).filter { !stuck.contains($0) }
                if names.isEmpty { return }
                for name in names where slice.handled < limit {
                    do {
                        try empty(name, in: top, limit, &slice)
                    } catch let error as Errno {
                        stuck.insert(name)
                        slice.obstacles.append(.storage(error, "delete dead/\(EntryPath.printable(name))"))
                    }
                }
                // All that is left resists.
                if slice.handled == before { return }
            }
            slice.hasMore = true
        }
        return slice
    }

    /// Deletes what `name` holds but its directories, moves those up, and deletes it when that was all.
    private func empty(_ name: [UInt8], in top: borrowing Directory, _ limit: Int, _ slice: inout Slice)
        throws
    {
        guard try top.status(name).kind == .directory else {
            // A file that came to lie here; deleting it is what this place is for.
            try top.remove(name)
            slice.handled += 1
            return
        }
        let directory = try top.openDirectory(
            beneath: name, resolve: [.beneath, .noSymbolicLinks, .noMountCrossing])
        while slice.handled < limit {
            let names = try Self.names(of: directory, atMost: min(1024, limit - slice.handled))
            if names.isEmpty {
                try top.removeTree(name)
                slice.handled += 1
                return
            }
            for entry in names {
                try delete(entry, in: directory)
                slice.handled += 1
            }
        }
    }

    private func delete(_ name: [UInt8], in directory: borrowing Directory) throws(Errno) {
        guard try directory.status(name).kind == .directory else { return try directory.removeTree(name) }
        do {
            return try directory.remove(name, directory: true)
        } catch .directoryNotEmpty {
            // On to its content, later.
        }
        do {
            try directory.rename(name, to: dead.directory, as: Self.freshName(), .noReplace)
        } catch .notPermitted {
            // Immutable: only the removal of the whole tree knows how to take that away.
            try directory.removeTree(name)
        }
    }

    /// The first few names of a directory.
    private static func names(of directory: borrowing Directory, atMost limit: Int) throws -> [[UInt8]] {
        struct Enough: Error {}
        var names: [[UInt8]] = []
        do {
            try directory.visitEntries { name in
                names.append(name.bytes)
                if names.count >= limit { throw Enough() }
            }
        } catch is Enough {
            // The rest comes in another turn.
        }
        return names
    }

    private static func freshName() -> String {
        "moved-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    }
}
