import Catalog
import Layers
import Linux
import Model
import SystemPackage

/// A store on disk, locked for this process: its folders, its catalog, its layers.
final class Store: Sendable {
    let path: String
    let directory: Directory
    let catalog: Catalog
    let layers: LayerStore
    let records: RecordFolder
    private let lock: FileLock
    private let runs: Directory
    let ballast: Ballast
    let manifests: Directory
    let scanCaches: Directory
    let spool: Directory
    var spoolPath: String { "\(path)/\(StoreFolder.spool.name)" }

    /// Opens or creates the store. Nothing in it is changed before the lock is held.
    ///
    /// - Throws: `store-locked`, `store-too-new`, `store-damaged`, `overlay-unsupported`, `storage-full`,
    ///   `storage-failed`.
    init(path: String) throws(Failure) {
        self.path = path
        do {
            try Directory.makeFolders(path, mode: 0o700)
            directory = try Directory(opening: path)
            try directory.descriptor.setMode(0o700)
        } catch {
            throw Failure.wrapping(error, to: "open the store \(path)")
        }
        lock = try Store.lock(directory, path: path)
        let ballast: Ballast
        do {
            ballast = try Ballast(in: SharedDirectory(directory.reopened()))
            // A full disk is no reason not to start: what is in the store may be what can go.
            if try directory.fileSystemStatus().freeBytes < Store.room { _ = ballast.release() }
        } catch {
            throw Failure.wrapping(error, to: "open the store \(path)")
        }
        self.ballast = ballast
        try Store.requireCatalog(directory, path: path)
        catalog = try Catalog.open(path: "\(path)/\(StoreFile.catalog.name)") { ballast.release() }
        let support: OverlaySupport
        do {
            spool = try directory.ensureDirectory(StoreFolder.spool.name)
            try spool.removeContents()
            support = try OverlaySupport.probe(in: spool)
        } catch let error as OverlayError {
            throw Failure(
                .overlayUnsupported, "the store's file system can't carry overlay layers (\(path): \(error))",
                fix: "put the store on ext4, xfs or btrfs with --store, not on an overlay, NFS or FAT")
        } catch {
            throw Failure.wrapping(error, to: "open the store \(path)")
        }
        do {
            layers = try LayerStore(in: directory, mounter: OverlayMounter(support))
            records = try RecordFolder(in: directory, kinds: StoreRecord.Kind.allCases.map(\.rawValue))
            runs = try directory.ensureDirectory(StoreFolder.runs.name)
            manifests = try directory.ensureDirectory(StoreFolder.manifests.name)
            scanCaches = try directory.ensureDirectory(StoreFolder.scans.name)
        } catch {
            throw Failure.wrapping(error, to: "open the store \(path)")
        }
    }

    /// A new catalog in a store that had one would know of nothing that is in it.
    private static func requireCatalog(_ directory: borrowing Directory, path: String) throws(Failure) {
        guard (try? directory.statusIfPresent(StoreFile.catalog.name)) == .some(nil),
            RecordFolder.isUsed(in: directory)
        else { return }
        throw Failure(
            .storeDamaged, "the catalog of the store \(path) is missing",
            fix: "varve doctor --store \(path) --repair makes it again from the records beside the layers")
    }

    /// What opening a store writes at most.
    private static let room: Int64 = 1 << 20

    private static func lock(_ directory: borrowing Directory, path: String) throws(Failure) -> FileLock {
        do {
            return try FileLock(directory.openFile(StoreFile.lock.name, [.readWrite, .create], mode: 0o600))
        } catch .wouldBlock {
            throw Failure(
                .storeLocked, "another varved has the store \(path)",
                fix: "stop that daemon, or give this one a store of its own with --store")
        } catch {
            throw Failure.storage(error, "lock the store \(path)")
        }
    }

    /// Where a running step's supervisor leaves its log and its status.
    func makeStepDirectory(run: String, position: Int) throws(Errno) -> Directory {
        let directory = try openRunDirectory(run)
        try directory.createDirectory("step-\(position)", mode: 0o700)
        return try directory.openDirectory("step-\(position)")
    }

    func openStepDirectory(run: String, position: Int) throws(Errno) -> Directory {
        try openRunDirectory(run).openDirectory("step-\(position)")
    }

    /// Positions of the run's steps that have such a directory.
    func stepDirectories(run: String) throws(Errno) -> [Int] {
        try openRunDirectory(run).entryNames().compactMap { name in
            let text = String(decoding: name, as: UTF8.self)
            return text.hasPrefix("step-") ? Int(text.dropFirst("step-".count)) : nil
        }
    }

    func removeStepDirectory(run: String, position: Int) throws(Errno) {
        let directory = try openRunDirectory(run)
        guard try directory.statusIfPresent("step-\(position)") != nil else { return }
        try directory.removeTree("step-\(position)")
    }

    func createRunDirectory(_ id: String) throws(Errno) -> Directory {
        try runs.createDirectory(id, mode: 0o700)
        return try runs.openDirectory(id)
    }

    func openRunDirectory(_ id: String) throws(Errno) -> Directory { try runs.openDirectory(id) }

    /// Walks all of them.
    func runDirectoriesUsage() throws(Errno) -> RunDirectoriesUsage {
        try RunDirectoriesUsage(of: runs.reopened())
    }

    func removeRunDirectory(_ id: String) throws(Errno) { try runs.removeTree(id) }
}

extension Directory {
    /// Makes a directory and those above it that are missing.
    static func makeFolders(_ path: String, mode: UInt32) throws(Errno) {
        let place = FilePath(path)
        let parent = place.removingLastComponent()
        guard let name = place.lastComponent else { return }
        do throws(Errno) {
            try makeFolder(name.string, in: parent, mode)
        } catch .noSuchFileOrDirectory {
            try makeFolders(parent.string, mode: mode)
            try makeFolder(name.string, in: parent, mode)
        }
    }

    private static func makeFolder(_ name: String, in parent: FilePath, _ mode: UInt32) throws(Errno) {
        let directory = try Directory(opening: parent.isEmpty ? "." : parent.string)
        do throws(Errno) {
            try directory.createDirectory(name, mode: mode)
        } catch .fileExists {
            // Be it behind a link.
            _ = try Directory(opening: parent.appending(name).string)
            return
        }
        try directory.openDirectory(name).descriptor.setMode(mode)
    }

    /// Removes the tree at an absolute path, if it is there.
    static func removeTree(at path: String) throws(Errno) {
        let place = FilePath(path)
        guard let name = place.lastComponent else { return }
        let parent = try Directory(opening: place.removingLastComponent().string)
        guard try parent.statusIfPresent(name.string) != nil else { return }
        try parent.removeTree(name.string)
    }

    /// Removes the directory at an absolute path; `Errno.directoryNotEmpty` if something is in it.
    static func removeEmpty(at path: String) throws(Errno) {
        let place = FilePath(path)
        guard let name = place.lastComponent else { return }
        try Directory(opening: place.removingLastComponent().string).remove(name.string, directory: true)
    }

}

extension Store {
    /// Removes files that were to be put in another's place when the daemon went away, and what is kept of workspaces
    /// and runs that are not on record. At the start only.
    func removeUnfinishedFiles(workspaces: Set<Int64>, runs known: Set<String>) throws(Errno) {
        for name in try manifests.entryNames() where name.first == UInt8(ascii: ".") {
            try manifests.remove(name)
        }
        for name in try scanCaches.entryNames() {
            let text = String(decoding: name, as: UTF8.self)
            let isOfNone = Int64(text).map { !workspaces.contains($0) } ?? false
            if name.first == UInt8(ascii: ".") || isOfNone { try scanCaches.remove(name) }
        }
        for name in try runs.entryNames() {
            let id = String(decoding: name, as: UTF8.self)
            if Identifier.isOne(id), !known.contains(id) { try removeRunDirectory(id) }
        }
    }
}
