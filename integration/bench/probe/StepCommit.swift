import Catalog
import Layers
import Linux
import Model
import SystemPackage

/// The commit of a step that wrote 10,000 files into its workspace, from the end of its overlays to the catalog's
/// transaction.
///
/// A round has two answers: where the files lie, once they are written, and, when asked again, the time of the commit.
struct StepCommit: BenchmarkSubject {
    private let tree: IngestedTree
    private let catalog: Catalog
    private let image: Image
    private let scratch: String
    private let directories = 100
    private let files = 100

    init(of path: String, in scratch: String) async throws {
        tree = try await IngestedTree(of: path, in: scratch)
        let catalog = try Catalog.open(path: scratch + "/catalog.sqlite")
        let layer = try LayerBuilder(tree.numbers.next(), in: tree.store).commit()
        image = try await Self.addImage(layer, to: catalog)
        self.catalog = catalog
        self.scratch = scratch
    }

    func round(_ driver: borrowing Driver) async throws {
        let layers = StepLayers(
            system: image.layers.map { LayerReference($0.layer) },
            workspace: .readWrite([LayerReference(tree.revision)]))
        var mounted = try PreparedStep(tree.numbers.next(), on: layers, in: tree.store).mount()
        guard let mounts = mounted.takeMounts() else { throw Errno.badFileDescriptor }
        try write(mounts)
        try driver.say("\(scratch)/active/\(mounted.number)/workspace")
        guard driver.listen() != nil else { return }
        let start = ContinuousClock.now
        let quiet = try mounted.released(timeout: .seconds(5)).quiet()
        let left = try quiet.seal(revision: tree.manifest)
            .commit(system: tree.numbers.next(), workspace: tree.numbers.next())
        try await record(left)
        try driver.say(start.duration(to: .now))
    }

    private func write(_ mounts: consuming StepMounts) throws {
        guard let workspace = try mounts.workspaceDirectory() else { throw UnexpectedOutcome() }
        try workspace.createDirectory("node_modules", mode: 0o755)
        let top = try workspace.openDirectory("node_modules")
        for number in 1...directories {
            try top.createDirectory("package\(number)", mode: 0o755)
            let directory = try top.openDirectory("package\(number)")
            for file in 1...files {
                try directory.createFile("file\(file).js", mode: 0o644).writeAll(Array("\(file)\n".utf8))
            }
        }
    }

    private func record(_ left: CommittedStep) async throws {
        guard let (layer, size) = left.workspace, size.entries > directories * files,
            let key = StepKey("deps")
        else { throw UnexpectedOutcome() }
        let (scope, now) = (Scope(owner: 0), Timestamp(nanoseconds: SystemClock.realtime))
        let revision = tree.manifest
        let snapshot = Snapshot(
            id: "\(layer)", scope: scope, workspace: "bench", step: key, maker: "bench", parent: nil,
            image: image.digest, systemLayers: [], deltaLayers: [layer], ownSystem: nil, ownDelta: layer,
            ingest: 1, revision: revision.digest, created: now, milliseconds: 1, bytes: size.bytes,
            entries: Int64(size.entries), retention: .cached)
        let identity = StepIdentity(
            scope: scope, workspace: "bench", base: .image(image.digest), command: "write \(layer)",
            environment: [:], workingDirectory: "/workspace", user: nil, network: .none,
            platform: image.configuration.platform, workspaceMode: .readWrite,
            workspaceTarget: .usualWorkspace,
            mountPoints: [], policy: .forever(environmentKeys: []), policyValues: [:])
        let record = CacheRecord(
            snapshot: snapshot.id, step: key, identity: identity, facts: left.facts, committed: now,
            ingest: 1, hasDelta: true)
        try await catalog.addSnapshot(
            snapshot,
            layers: [NewLayer(id: layer, kind: .delta, bytes: size.bytes, entries: Int64(size.entries))],
            record: record, on: revision)
    }

    private static func addImage(_ layer: LayerID, to catalog: Catalog) async throws -> Image {
        let configuration = ImageConfiguration(platform: "linux/amd64")
        let diffID = Digest(of: [])
        let image = Image(
            digest: configuration.imageDigest(layers: [diffID]), configuration: configuration,
            layers: [ImageLayer(diffID: diffID, layer: layer, bytes: 0)])
        let name = ImageName(
            name: try ResourceName("bench", kind: "image"), scope: nil, digest: image.digest,
            created: Timestamp(seconds: 0))
        try await catalog.addImage(
            image, name: name, new: [NewLayer(id: layer, kind: .image, bytes: 0, entries: 0)])
        return image
    }
}
