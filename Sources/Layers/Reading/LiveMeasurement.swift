import Linux
package import Model
import SystemPackage

/// Adds up what a tree takes that somebody may be writing to, or that is being deleted: what goes away meanwhile
/// takes nothing, and what can't be looked into is left out. Bounded by the tree's entries alone, or by a limit.
struct LiveMeasurement: TreeVisitor {
    typealias Level = TreeDirectory

    /// Where the walk may end, since more is not asked for.
    private let enough: Int64
    private var taken = DiskAmount()
    /// A tree that somebody makes faster than it is walked has no end.
    private static let mostEntries: Int64 = 20_000_000

    private init(enough: Int64) { self.enough = enough }

    /// - Parameter enough: ends the walk when so many bytes have been seen.
    static func amount(in root: borrowing Directory, enough: Int64 = .max) throws(Failure) -> DiskAmount {
        var measurement = LiveMeasurement(enough: enough)
        let top = try storing("open a directory of the store") {
            let own = try root.status()
            measurement.taken += DiskAmount(bytes: own.blocks * 512, entries: 1)
            return TreeDirectory(root: try root.reopened())
        }
        try measurement.walk(from: top, action: "measure a directory")
        return measurement.taken
    }

    var isDone: Bool { taken.bytes >= enough || taken.entries >= Self.mostEntries }

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        struct Enough: Error {}
        var subdirectories: [[UInt8]] = []
        do {
            let opened = try level.opened()
            try opened.directory.visitEntries { name in
                guard let status = try opened.directory.statusIfPresent(name) else { return }
                // A file with several names has its part under each: all of them are in here.
                let names = status.kind == .directory ? 1 : Int64(max(1, status.links))
                taken += DiskAmount(bytes: status.blocks * 512 / names, entries: 1)
                if status.kind == .directory { subdirectories.append(name.bytes) }
                if isDone { throw Enough() }
            }
        } catch is Enough {
            return []
        } catch is Errno {
            // It has gone, or has become something else.
            return subdirectories
        }
        return subdirectories
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        do {
            return try level.child(name)
        } catch is Errno {
            return nil
        } catch let failure as Failure where failure.code == .tooLarge {
            // Deeper than a path can name.
            return nil
        }
    }
}

extension Directory {
    /// What is in here and below, this directory included, while others may be changing it.
    package func takenAmount() throws(Failure) -> DiskAmount { try LiveMeasurement.amount(in: self) }
}

extension LayerStore {
    /// What a step has written so far into the directory `active/N`; nothing once that is gone.
    ///
    /// - Parameter enough: more than that is not asked for.
    package func written(active number: LayerID, enough: Int64 = .max) throws(Failure) -> DiskAmount {
        let directory: SharedDirectory
        do throws(Errno) {
            directory = SharedDirectory(try active.directory.openDirectory(number.description))
        } catch {
            if error == .noSuchFileOrDirectory { return DiskAmount() }
            throw .storage(error, "open active/\(number)")
        }
        return try LiveMeasurement.amount(in: directory.directory, enough: enough)
    }

    /// What is being written, and what waits to be deleted.
    package func unsettledAmount() throws(Failure) -> DiskAmount {
        var amount = try active.directory.takenAmount()
        amount += try graveyard.takenAmount()
        return amount
    }

    /// What the folders take in which no record of the catalog counts bytes.
    package func folderAmounts(claimed: Set<LayerID>) throws(Failure) -> LayerFolderAmounts {
        var amounts = LayerFolderAmounts()
        amounts.active = try active.directory.takenAmount()
        amounts.dead = try graveyard.takenAmount()
        amounts.folders = DiskAmount(entries: 3)
        for folder in [layers, empty, aside] { amounts.folders.bytes += try ownBytes(of: folder) }
        // What nobody can explain, but for the folder it is in.
        amounts.unclaimed = try aside.directory.takenAmount()
        amounts.unclaimed.entries -= 1
        amounts.unclaimed.bytes -= try ownBytes(of: aside)
        let names = try storing("list the layers") { try layers.directory.reopened().entryNames() }
        for name in names {
            if let number = number(from: name), claimed.contains(number) {
                // What a record counts is below its root.
                amounts.folders.bytes +=
                    try storing("look at layer \(number)") {
                        try layers.directory.statusIfPresent(name)?.blocks ?? 0
                    } * 512
                continue
            }
            amounts.unclaimed += try amount(of: name)
        }
        return amounts
    }

    private func ownBytes(of folder: SharedDirectory) throws(Failure) -> Int64 {
        try storing("look at a folder of the store") { try folder.directory.status().blocks * 512 }
    }

    private func number(from name: [UInt8]) -> LayerID? {
        let text = String(decoding: name, as: UTF8.self)
        guard let number = Int64(text), number > 0, String(number) == text else { return nil }
        return LayerID(number)
    }

    private func amount(of name: [UInt8]) throws(Failure) -> DiskAmount {
        let directory: SharedDirectory
        do throws(Errno) {
            guard let status = try layers.directory.statusIfPresent(name) else { return DiskAmount() }
            guard status.kind == .directory else {
                return DiskAmount(bytes: status.blocks * 512, entries: 1)
            }
            directory = SharedDirectory(try layers.directory.openDirectory(name))
        } catch {
            // Committed or removed meanwhile.
            if error == .noSuchFileOrDirectory || error == .notDirectory { return DiskAmount() }
            throw .storage(error, "look at layers/\(EntryPath.printable(name))")
        }
        return try LiveMeasurement.amount(in: directory.directory)
    }
}

/// What lies beside the layers that count.
package struct LayerFolderAmounts: Sendable, Hashable {
    /// Being written.
    package var active = DiskAmount()
    /// Waiting to be deleted.
    package var dead = DiskAmount()
    /// In `layers/`, and no layer of the catalog.
    package var unclaimed = DiskAmount()
    /// The folders themselves, and the roots of layers.
    package var folders = DiskAmount()
}
