import Linux
import Model
import Synchronization
import SystemPackage
import Workspaces

/// What the last scan of each workspace saw, so that the next one reads only what changed: files in the store, the latest few in
/// memory.
final class ScanCaches: Sendable {
    private let store: Store
    private let recent = Mutex<[(workspace: Int64, cache: StatCache)]>([])
    private static let kept = 8

    init(store: Store) { self.store = store }

    /// The cache that belongs to the revision; nil if there is none, or it is damaged.
    func cache(of workspace: Int64, revision: Digest) async -> StatCache? {
        if let known = recent.withLock({ $0.first { $0.workspace == workspace } }) {
            return known.cache.revision == revision ? known.cache : nil
        }
        let bytes = try? await onBlockingThread { [store] in
            try store.scanCaches.openFile("\(workspace)", .readOnly).readAll(limit: 4 << 30)
        }
        guard let bytes, let cache = StatCache(encoded: bytes), cache.revision == revision else { return nil }
        remember(cache, of: workspace)
        return cache
    }

    func keep(_ cache: StatCache, of workspace: Int64) async throws {
        remember(cache, of: workspace)
        try await onBlockingThread { [store] in
            try store.scanCaches.replaceFile("\(workspace)", with: cache.encoded())
        }
    }

    /// Deletes what is kept for a workspace that is gone.
    func forget(_ workspace: Int64) async throws {
        recent.withLock { $0.removeAll { $0.workspace == workspace } }
        try await onBlockingThread { [store] in
            let name = "\(workspace)"
            if try store.scanCaches.statusIfPresent(name) != nil { try store.scanCaches.remove(name) }
        }
    }

    private func remember(_ cache: StatCache, of workspace: Int64) {
        recent.withLock { recent in
            recent.removeAll { $0.workspace == workspace }
            recent.insert((workspace, cache), at: 0)
            recent = Array(recent.prefix(Self.kept))
        }
    }
}
