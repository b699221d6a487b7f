import Layers
import Linux
import Model
import Synchronization
import Workspaces

/// A directory whose first revision is a layer of a store.
struct IngestedTree {
    let store: LayerStore
    let numbers: LayerNumbers
    let revision: LayerID
    let manifest: Manifest
    private let previous: PreviousRevision
    private let path: String

    /// - Parameter scratch: an empty directory for the store.
    init(of path: String, in scratch: String) async throws {
        let directory = try Directory(opening: scratch)
        let support = try OverlaySupport.probe(in: directory)
        let (store, numbers) = (
            try LayerStore(in: directory, mounter: OverlayMounter(support)), LayerNumbers()
        )
        let ingest = RevisionIngest(of: .directory(try Self.caller(path)), .standard, previous: nil)
        guard
            case .new(let report, let builder) = try await ingest.run(into: {
                try LayerBuilder(numbers.next(), in: store)
            })
        else { throw UnexpectedOutcome() }
        revision = try builder.commit()
        manifest = report.manifest
        previous = PreviousRevision(
            manifest: report.manifest, ingested: report.ingested, cache: report.cache)
        self.store = store
        self.numbers = numbers
        self.path = path
    }

    /// Scans the directory once more, which must be what it was; its digest.
    func scan() async throws -> Digest {
        let ingest = RevisionIngest(of: .directory(try Self.caller(path)), .standard, previous: previous)
        let outcome = try await ingest.run(into: { [store, numbers] in
            try LayerBuilder(numbers.next(), in: store)
        })
        guard case .unchanged(let report) = outcome else { throw UnexpectedOutcome() }
        return report.manifest.digest
    }

    private static func caller(_ path: String) throws -> CallerDirectory {
        CallerDirectory(
            root: try SharedDirectory(opening: path),
            identity: .daemon)
    }
}

/// Numbers for layers, as the catalog gives them out.
final class LayerNumbers: Sendable {
    private let last = Mutex<Int64>(0)

    func next() -> LayerID {
        LayerID(
            last.withLock {
                $0 += 1
                return $0
            })
    }
}

struct UnexpectedOutcome: Error, CustomStringConvertible {
    let description = "the tree changed while it was measured, or did not when it should have"
}
