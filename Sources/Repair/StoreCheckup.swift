import Catalog
import Layers
import Linux
package import Model
import SystemPackage

/// Looks at a store whose daemon is not running, compares its catalog, its disk and the records beside the layers, and
/// mends what it is asked to mend.
///
/// Beside a running daemon it looks only, at what does not change under its eyes. What it can't explain it never
/// deletes: altered layers and directories nobody knows are moved to `aside/`, a damaged catalog is kept there. Files
/// that are not Varve's it leaves alone. Blocks.
package struct StoreCheckup {
    let path: String
    let isRepair: Bool
    let runtime: RuntimeDirectory
    let place: SharedDirectory
    let layers: LayerStore
    let records: RecordFolder
    let note: (CheckupProgress) -> Void
    /// Nil beside a running daemon.
    private let lock: HeldLock?
    var isAlone: Bool { lock != nil }
    var findings: [StoreFinding] = []

    /// What a person has to do to have it mended.
    var remedy: String {
        "stop varved and its socket (\(Self.stop)), then: varve doctor --store \(path) --repair"
    }

    /// Without the socket's unit the next call would start the daemon again.
    private static let stop = "systemctl stop varved.socket varved"

    /// - Parameters:
    ///   - runtime: the daemon's.
    ///   - note: gets how far the work has come, very often.
    /// - Throws: `store-damaged` for a directory that is no store; `store-locked` for a repair beside a daemon;
    ///   `overlay-unsupported`, `storage-failed`.
    package init(
        of path: String, repair: Bool, runtime: RuntimeDirectory,
        note: @escaping (CheckupProgress) -> Void = { _ in }
    ) throws(Failure) {
        self.path = path
        self.note = note
        isRepair = repair
        self.runtime = runtime
        do {
            place = try SharedDirectory(opening: path)
            guard try place.directory.statusIfPresent(StoreFile.lock.name) != nil,
                try place.directory.statusIfPresent(StoreFolder.layers.name) != nil
            else {
                throw Failure(
                    .storeDamaged, "\(path) is no store of Varve's: it has no lock and no layers",
                    fix: "name the store's directory with --store")
            }
            lock = try HeldLock(in: place.directory)
            if repair, lock == nil {
                throw Failure(
                    .storeLocked, "a varved has the store \(path)", fix: "stop it: \(Self.stop)")
            }
            let mounter = OverlayMounter(try OverlaySupport.probe(in: place.directory))
            layers = try LayerStore(in: place.directory, mounter: mounter)
            records = try RecordFolder(in: place.directory, kinds: StoreRecord.Kind.allCases.map(\.rawValue))
        } catch let failure as Failure {
            throw failure
        } catch let error as Errno {
            throw .storage(error, "open the store \(path)")
        } catch {
            throw Failure(
                .overlayUnsupported, "the store's file system can't carry overlay layers (\(path): \(error))",
                fix: "put the store on ext4, xfs or btrfs")
        }
    }

    /// Everything there is to say, with what was mended.
    package mutating func run() async throws(Failure) -> [StoreFinding] {
        guard let examination = try await trustedCatalog(), let content = examination.content else {
            folders()
            return findings
        }
        let (listing, altered) = try look(at: examination, content)
        folders(listing)
        if isAlone {
            if isRepair { try await mend(content, listing, altered) }
            leftovers(examination, keeping: Set(content.leases.map(\.id)))
        }
        return findings
    }
}

/// The store's lock, as long as somebody has this.
private final class HeldLock {
    private let lock: FileLock

    /// Nil where a daemon has it.
    init?(in store: borrowing Directory) throws(Errno) {
        do {
            lock = try FileLock(store.openFile(StoreFile.lock.name, .readWrite))
        } catch .wouldBlock {
            return nil
        }
    }
}
