import Linux
import Model
import Synchronization

/// Manifests by revision digest: files in the store, the latest few of them in memory.
final class RevisionCache: Sendable {
    private let store: Store
    private let recent = Mutex<[Manifest]>([])
    private static let kept = 8

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
                try store.manifests.openFile(digest.hex, .readOnly).readAll(limit: 4 << 30)
            }
        } catch {
            throw gone
        }
        guard let manifest = Manifest(encoded: bytes), manifest.digest == digest else { throw gone }
        keep(manifest)
        return manifest
    }

    /// Writes the manifest if it is not there, by rename.
    func save(_ manifest: Manifest) async throws(Failure) {
        keep(manifest)
        do {
            try await onBlockingThread { [store] in
                let name = manifest.digest.hex
                guard try store.manifests.statusIfPresent(name) == nil else { return }
                try store.manifests.replaceFile(name, with: manifest.encoded(), mode: 0o600)
            }
        } catch {
            throw Failure.wrapping(error, to: "save revision \(manifest.digest)")
        }
    }

    private func keep(_ manifest: Manifest) {
        recent.withLock { recent in
            recent.removeAll { $0.digest == manifest.digest }
            recent.insert(manifest, at: 0)
            recent = Array(recent.prefix(Self.kept))
        }
    }
}
