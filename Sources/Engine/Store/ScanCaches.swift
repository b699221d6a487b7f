import Linux
import Model
import Synchronization
import SystemPackage
import Workspaces

/// What the last scan of each workspace saw, so that the next one reads only what changed: files in the store, the latest few in
/// memory.
///
/// Files are written in the background: nobody waits for them, and without the latest the next scan after a kill reads more.
final class ScanCaches: Sendable {
    private let store: Store
    private let recent = Mutex<[(workspace: Int64, cache: StatCache)]>([])
    private let unwritten = Mutex<[Int64: StatCache]>([:])
    /// Between whoever writes the file of a workspace and whoever deletes it.
    private let turns = KeyedTurns<Int64>()
    private let writing = BackgroundRounds()
    private static let kept = 8
    /// Not beside the steps that wait for the scan.
    private static let delay = Duration.seconds(2)

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

    func keep(_ cache: StatCache, of workspace: Int64) {
        remember(cache, of: workspace)
        unwritten.withLock { $0[workspace] = cache }
        writing.request()
    }

    /// Begins to write in the background.
    ///
    /// - Parameter report: told of a failure, after which the next scan reads more and nothing else.
    func begin(_ report: @escaping @Sendable (_ failure: any Error) -> Void) {
        writing.begin { [self] in
            // Cut short by `close`.
            try? await Task.sleep(for: Self.delay)
            await write(report)
        }
    }

    /// Writes what is left.
    func close(_ report: (_ failure: any Error) -> Void) async {
        await writing.close()
        await write(report)
    }

    private func write(_ report: (_ failure: any Error) -> Void) async {
        for workspace in unwritten.withLock({ Array($0.keys) }) {
            do {
                try await turns.withTurn(workspace) {
                    guard let cache = unwritten.withLock({ $0.removeValue(forKey: workspace) }) else {
                        return
                    }
                    try await onBlockingThread { [store] in
                        try store.scanCaches.replaceFile("\(workspace)", with: cache.encoded())
                    }
                }
            } catch {
                report(error)
            }
        }
    }

    /// Deletes what is kept for a workspace that is gone.
    func forget(_ workspace: Int64) async throws {
        recent.withLock { $0.removeAll { $0.workspace == workspace } }
        try await turns.withTurn(workspace) {
            _ = unwritten.withLock { $0.removeValue(forKey: workspace) }
            try await onBlockingThread { [store] in
                let name = "\(workspace)"
                if try store.scanCaches.statusIfPresent(name) != nil { try store.scanCaches.remove(name) }
            }
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
