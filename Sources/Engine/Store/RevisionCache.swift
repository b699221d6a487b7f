import Linux
import Model
import Synchronization

/// Manifests by revision digest: files in the store, the latest few of them in memory.
final class RevisionCache: Sendable {
    private let store: Store
    private let recent = Mutex<[Manifest]>([])
    /// Between whoever saves a manifest and whoever collects it.
    private let turns = KeyedTurns<Digest>()
    private static let kept = 8
    private static let largest = 4 << 30

    init(store: Store) { self.store = store }

    /// - Throws: `revision-gone` if the manifest is not in the store or is damaged.
    func manifest(_ digest: Digest) async throws(Failure) -> Manifest {
        if let manifest = recent.withLock({ $0.first { $0.digest == digest } }) { return manifest }
        let gone = Failure(
            .revisionGone, "revision \(digest) is not in the store any more",
            fix: "register the directory again")
        let bytes: [UInt8]
        do {
            bytes = try await onBlockingThread { [store] in
                try store.manifests.openFile(digest.hex, .readOnly).readAll(limit: Self.largest)
            }
        } catch {
            throw gone
        }
        guard let manifest = Manifest(encoded: bytes), manifest.digest == digest else { throw gone }
        keep(manifest)
        return manifest
    }

    /// Writes the manifest if it is not there, by rename, and then calls `body`, which makes it count. No
    /// round of collection takes the file away in between.
    ///
    /// It is durable with the next sync of the file system, as layers are; until then nobody relies on it after a loss of power.
    func save<Value: Sendable>(
        _ manifest: Manifest, _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await turns.withTurn(manifest.digest) { () async throws(Failure) in
            try await write(manifest)
            return try await body()
        }
    }

    /// Removes the files of manifests that do not count.
    ///
    /// - Parameter counts: whether a manifest counts, asked again for each file that is to go.
    func collect(_ counts: (Digest) async throws(Failure) -> Bool) async throws(Failure) {
        for name in try await names() {
            // Others are being written, by somebody who has that manifest's turn.
            guard let digest = Digest(hex: String(decoding: name, as: UTF8.self)) else { continue }
            try await turns.withTurn(digest) { () async throws(Failure) in
                if try await !counts(digest) { try await remove(name) }
            }
        }
    }

    private func names() async throws(Failure) -> [[UInt8]] {
        do {
            return try await onBlockingThread { [store] in try store.manifests.entryNames() }
        } catch {
            throw Failure.wrapping(error, to: "list the store's revisions")
        }
    }

    private func remove(_ name: [UInt8]) async throws(Failure) {
        do {
            try await onBlockingThread { [store] in try store.manifests.remove(name) }
        } catch {
            throw Failure.wrapping(error, to: "remove a revision that is not kept")
        }
    }

    private func write(_ manifest: Manifest) async throws(Failure) {
        keep(manifest)
        do {
            try await onBlockingThread { [store] in
                let name = manifest.digest.hex
                // One that a loss of power has damaged is written anew.
                guard !Self.holds(store, manifest.digest) else { return }
                try store.manifests.replaceFile(name, with: manifest.encoded())
            }
        } catch {
            throw Failure.wrapping(error, to: "save revision \(manifest.digest)")
        }
    }

    /// The manifest is there, and whole.
    private static func holds(_ store: Store, _ digest: Digest) -> Bool {
        let bytes = try? store.manifests.openFile(digest.hex).readAll(limit: largest)
        guard let bytes else { return false }
        return Manifest(encoded: bytes)?.digest == digest
    }

    private func keep(_ manifest: Manifest) {
        recent.withLock { recent in
            recent.removeAll { $0.digest == manifest.digest }
            recent.insert(manifest, at: 0)
            recent = Array(recent.prefix(Self.kept))
        }
    }
}
