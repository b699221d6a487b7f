import Catalog
import Foundation
import Model
import Testing

/// A catalog in a file of its own, which goes with the fixture.
struct CatalogFixture {
    let path: String
    let catalog: Catalog

    static func open(_ body: (CatalogFixture) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "varve-catalog-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/catalog.sqlite"
        try await body(CatalogFixture(path: path, catalog: try Catalog.open(path: path)))
    }

    static let scope = Scope(owner: 0)

    static func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }

    /// An image of one layer, in the catalog under a name.
    func addImage(layer: Int64 = 1) async throws -> Image {
        let configuration = ImageConfiguration(platform: "linux/amd64")
        let layers = [ImageLayer(diffID: Self.digest("layer \(layer)"), layer: LayerID(layer), bytes: 10)]
        let image = Image(
            digest: configuration.imageDigest(layers: layers.map(\.diffID)), configuration: configuration,
            layers: layers)
        try await catalog.addImage(
            image,
            name: ImageName(
                name: try ResourceName("base", kind: "image"), scope: nil, digest: image.digest,
                created: Timestamp(seconds: 1)),
            new: [NewLayer(id: LayerID(layer), kind: .image, bytes: 10, entries: 1)])
        return image
    }

    /// Layers a power cut may take, in their order.
    func notDurable() async throws -> [LayerID] {
        try await catalog.content().layers.filter { !$0.value.isDurable }.keys.sorted()
    }

    func snapshot(_ id: String, on image: Image, parent: String? = nil, layer: Int64) throws -> Snapshot {
        Snapshot(
            id: id, scope: Self.scope, workspace: "w", step: try #require(StepKey("step")), maker: "r",
            parent: parent,
            image: image.digest, systemLayers: [LayerID(layer)], deltaLayers: [], ownSystem: LayerID(layer),
            ownDelta: nil, ingest: 1, revision: nil, created: Timestamp(seconds: layer), milliseconds: 5,
            bytes: 100,
            entries: 2, retention: .cached)
    }

    func record(
        of snapshot: String, facts: [Fact] = [], command: String = "true", values: [String: String] = [:],
        at seconds: Int64 = 1
    ) throws -> CacheRecord {
        CacheRecord(
            snapshot: snapshot, step: try #require(StepKey("step")),
            identity: Self.identity(command: command, values: values),
            facts: FactSet(facts), committed: Timestamp(seconds: seconds), ingest: 1, hasDelta: true)
    }

    static func identity(command: String = "true", values: [String: String] = [:]) -> StepIdentity {
        StepIdentity(
            scope: scope, workspace: "w", base: .image(digest("image")), command: command,
            environment: [:], workingDirectory: "/workspace", user: nil, network: .none,
            platform: "linux/amd64", workspaceMode: .readWrite, workspaceTarget: .usualWorkspace,
            mountPoints: [], policy: .workspace, policyValues: values)
    }

    func add(_ snapshot: Snapshot, _ record: CacheRecord?, on revision: Manifest? = nil) async throws {
        try await catalog.addSnapshot(
            snapshot,
            layers: snapshot.ownSystem.map { [NewLayer(id: $0, kind: .system, bytes: 100, entries: 2)] }
                ?? [],
            record: record, on: revision)
    }
}
