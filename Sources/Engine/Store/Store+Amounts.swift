import Catalog
import Layers
import Linux
import Model
import SystemPackage

/// What the folders of a store take that hold no layers of the catalog.
struct StoreAmounts: Sendable, Hashable {
    var runs: RunDirectoriesUsage
    /// Being written.
    var active: DiskAmount
    /// Waiting to be deleted.
    var dead: DiskAmount
    /// The catalog, manifests, scan caches, what is being fetched, and the folders themselves.
    var own = DiskAmount()
    /// What no record claims: layers the catalog does not know, and whatever else lies there.
    var unaccounted: DiskAmount
}

extension Store {
    /// The disk below the store.
    ///
    /// - Parameter countingStore: adds up what the store takes, as a budget is held against.
    func diskReading(countingStore: Bool) async throws(Failure) -> DiskReading {
        let taken = countingStore ? try await takenBytes() : 0
        do {
            // A local file system answers from memory: the way to another thread and back takes longer.
            let status = try directory.fileSystemStatus()
            return DiskReading(
                // What is kept back for the host's root is neither taken nor free.
                totalBytes: status.usedBytes + status.freeBytes, freeBytes: status.freeBytes,
                totalInodes: status.totalInodes, freeInodes: status.freeInodes, storeBytes: taken)
        } catch {
            throw Failure.wrapping(error, to: "look at the store's file system")
        }
    }

    private func takenBytes() async throws(Failure) -> Int64 {
        let layers = try await catalog.layerBytes().values.reduce(0, +)
        do {
            return try await onBlockingThread { [self] in
                var bytes = layers + (try ownAmount().own.bytes) + (try runDirectoriesUsage().bytes)
                bytes += try self.layers.unsettledAmount().bytes
                return bytes
            }
        } catch {
            throw Failure.wrapping(error, to: "add up what the store takes")
        }
    }

    /// What a running step has written.
    func written(active number: LayerID, enough: Int64) async throws(Failure) -> DiskAmount {
        do {
            return try await onBlockingThread { [layers] in
                try layers.written(active: number, enough: enough)
            }
        } catch {
            throw Failure.wrapping(error, to: "measure what a step has written")
        }
    }

    /// Walks everything but the layers in `claimed`. Blocks.
    func amounts(claimed: Set<LayerID>) throws -> StoreAmounts {
        let folders = try layers.folderAmounts(claimed: claimed)
        let (own, foreign) = try ownAmount()
        var amounts = StoreAmounts(
            runs: try runDirectoriesUsage(), active: folders.active, dead: folders.dead, own: own,
            unaccounted: folders.unclaimed)
        amounts.own += folders.folders
        amounts.unaccounted += foreign
        return amounts
    }

    /// What the store keeps beside layers and runs; and what is no part of a store.
    private func ownAmount() throws -> (own: DiskAmount, foreign: DiskAmount) {
        var own = DiskAmount(bytes: try directory.status().blocks * 512)
        var foreign = DiskAmount()
        for name in try directory.reopened().entryNames() {
            guard let status = try directory.statusIfPresent(name) else { continue }
            let text = String(decoding: name, as: UTF8.self)
            let amount = DiskAmount(bytes: status.blocks * 512, entries: 1)
            guard status.kind == .directory else {
                if StoreFile(rawValue: text) == nil { foreign += amount } else { own += amount }
                continue
            }
            switch StoreFolder(rawValue: text) {
            case .manifests, .scans, .spool, .records:
                own += try directory.openDirectory(name).takenAmount()
            case .runs: own += amount
            case .layers, .active, .dead, .aside, .empty: break
            case nil: foreign += try directory.openDirectory(name).takenAmount()
            }
        }
        return (own, foreign)
    }
}
