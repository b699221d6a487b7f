import Catalog
import GRDB
import Model
import Testing

@Suite struct `Volumes in the catalog` {
    private let target = EntryPath(unchecked: Array("cache".utf8))

    private func name(_ text: String = "npm", workspace: String? = "w") throws -> VolumeName {
        VolumeName(
            scope: CatalogFixture.scope, workspace: workspace, name: try ResourceName(text, kind: "volume"))
    }

    private func new(
        _ id: String, layers: [Int64], fresh: [Int64], key: String? = nil, in name: VolumeName,
        bytes: Int64 = 100
    ) -> NewVolumeVersion {
        let version = VolumeVersion(
            id: id, key: key, targets: [target], over: .image, layers: layers.map(LayerID.init), bytes: 0,
            entries: 0, maker: nil, created: Timestamp(seconds: layers.last ?? 0))
        return NewVolumeVersion(
            name: name, version: version,
            layers: fresh.map {
                .init(
                    layer: NewLayer(id: LayerID($0), kind: .volume, bytes: bytes, entries: 3),
                    facts: VolumeFacts(signatures: ["s\($0)"], facts: [[.absent(.root)]]))
            })
    }

    @Test func `are whole with their versions, sizes and facts, and one workspace's are not another's`()
        async throws
    {
        try await CatalogFixture.open { fixture in
            let catalog = fixture.catalog
            let (name, other) = (try name(), try name(workspace: nil))
            try await catalog.addVersion(new("a", layers: [1], fresh: [1], in: name))
            try await catalog.addVersion(new("b", layers: [1, 2], fresh: [2], key: "k", in: name))
            try await catalog.addVersion(new("c", layers: [3], fresh: [3], in: other))
            let versions = try await catalog.versions(of: name)
            #expect(versions.map(\.id) == ["b", "a"] && versions.map(\.bytes) == [200, 100])
            #expect(versions.first?.key == "k" && versions.first?.entries == 6)
            let details = try await catalog.volumes(in: .scope(CatalogFixture.scope), workspace: nil)
            #expect(details.map(\.name) == [other, name] && details.map(\.bytes) == [100, 200])
            #expect(try await catalog.volumeSignatures(of: [LayerID(2), LayerID(9)]) == [LayerID(2): ["s2"]])
            #expect(try await catalog.volumeFacts(of: LayerID(1))?.facts == [[.absent(.root)]])
            #expect(try await catalog.volumes(in: .scope(Scope(owner: 9)), workspace: nil).isEmpty)
        }
    }

    @Test func `can't stand on a layer that has gone meanwhile`() async throws {
        try await CatalogFixture.open { fixture in
            let name = try name()
            let failure = await #expect(throws: Failure.self) {
                try await fixture.catalog.addVersion(new("a", layers: [1, 2], fresh: [2], in: name))
            }
            #expect(failure?.code == .snapshotDamaged)
            #expect(try await fixture.catalog.versions(of: name).isEmpty)
        }
    }

    @Test func `give layers up with the last version that has them`() async throws {
        try await CatalogFixture.open { fixture in
            let (catalog, name) = (fixture.catalog, try name())
            try await catalog.addVersion(new("a", layers: [1], fresh: [1], in: name))
            try await catalog.addVersion(new("b", layers: [1, 2], fresh: [2], in: name))
            #expect(try await catalog.removeVersions(of: name, version: "a", keepingName: true) == 1)
            #expect(try await catalog.dropUnreferencedLayers(except: { [] }) == [])
            #expect(try await catalog.removeVersions(of: name, keepingName: false) == 1)
            let dropped = try await catalog.dropUnreferencedLayers(except: { [LayerID(2)] })
            #expect(dropped == [LayerID(1)], "a step still uses the other")
            #expect(try await catalog.volumeFacts(of: LayerID(1)) == nil)
            #expect(try await catalog.removeVersions(of: name, keepingName: true) == nil)
        }
    }

    @Test func `are given up with a layer that is lost`() async throws {
        try await CatalogFixture.open { fixture in
            let (catalog, name) = (fixture.catalog, try name())
            try await catalog.addVersion(new("a", layers: [1], fresh: [1], in: name))
            try await catalog.addVersion(new("b", layers: [1, 2], fresh: [2], in: name))
            let report = try await catalog.giveUp([LayerID(2)], entering: "boot")
            #expect(report.volumes == ["b"])
            #expect(try await catalog.versions(of: name).map(\.id) == ["a"])
        }
    }

    @Test func `stay within their size by losing what was used longest ago`() async throws {
        try await CatalogFixture.open { fixture in
            let (catalog, name) = (fixture.catalog, try name())
            for number in Int64(1)...3 {
                try await catalog.addVersion(
                    new("v\(number)", layers: [number], fresh: [number], key: "k\(number)", in: name))
            }
            #expect(try await catalog.use(version: "v1", at: Timestamp(seconds: 99)))
            let limits = VolumeLimits(bytes: 250, usedBefore: nil, keptWithoutKey: 5, kept: 1000)
            #expect(try await catalog.dropVersions(beyond: limits) == ["v2"])
            #expect(try await !catalog.use(version: "v2", at: Timestamp(seconds: 99)))
        }
    }

    @Test func `lose for room what was used longest ago, unless a step holds it`() async throws {
        try await CatalogFixture.open { fixture in
            let (catalog, name) = (fixture.catalog, try name())
            for number in Int64(1)...3 {
                try await catalog.addVersion(new("v\(number)", layers: [number], fresh: [number], in: name))
            }
            let dropped = try await catalog.dropVersions(
                usedBefore: Timestamp(seconds: 3), most: 8, except: { [LayerID(1)] })
            #expect(dropped == 1)
            #expect(try await catalog.versions(of: name).map(\.id) == ["v3", "v1"])
        }
    }

    @Test func `lose for room what is free, however many are held that were used longer ago`() async throws {
        try await CatalogFixture.open { fixture in
            let (catalog, held, free) = (fixture.catalog, try name(), try name("free"))
            for number in Int64(1)...9 {
                try await catalog.addVersion(
                    new("v\(number)", layers: Array(1...number), fresh: [number], in: held))
            }
            try await catalog.addVersion(new("w", layers: [10], fresh: [10], in: free))
            let later = Timestamp(seconds: 99)
            // A step with the newest, or any other: it has the layer that all stand on.
            let dropped = try await catalog.dropVersions(
                usedBefore: later, most: 8, except: { [LayerID(1)] })
            #expect(dropped == 1)
            #expect(try await catalog.versions(of: free).isEmpty)
            #expect(try await catalog.versions(of: held).count == 9)
            #expect(try await catalog.dropVersions(usedBefore: later, most: 8, except: { [] }) == 8)
            #expect(try await catalog.versions(of: held).map(\.id) == ["v9"])
        }
    }

    @Test func `keep their content when a chain of layers is squashed, in all versions that begin with it`()
        async throws
    {
        try await CatalogFixture.open { fixture in
            let (catalog, name) = (fixture.catalog, try name())
            try await catalog.addVersion(new("a", layers: [1, 2], fresh: [1, 2], in: name))
            try await catalog.addVersion(new("b", layers: [1, 2, 3], fresh: [3], in: name))
            try await catalog.addVersion(new("c", layers: [1, 4], fresh: [4], in: name))
            let squashed = new("x", layers: [9], fresh: [9], in: name).layers
            let count = try await catalog.squashVersions([LayerID(1), LayerID(2)], into: squashed)
            #expect(count == 2)
            let versions = try await catalog.versions(of: name)
            let layers = Dictionary(uniqueKeysWithValues: versions.map { ($0.id, $0.layers.map(\.number)) })
            #expect(layers == ["a": [9], "b": [9, 3], "c": [1, 4]])
            #expect(try await fixture.notDurable().map(\.number) == [1, 2, 3, 4])
        }
    }

    @Test func `come back from their records when the catalog is lost`() async throws {
        try await CatalogFixture.open { fixture in
            let (catalog, name) = (fixture.catalog, try name())
            try await catalog.addVersion(new("a", layers: [1], fresh: [1], in: name))
            try await catalog.addVersion(new("b", layers: [1, 2], fresh: [2], key: "k", in: name))
            let batch = try #require(try await catalog.unrecorded(limit: 100, boot: "boot"))
            #expect(batch.records.filter { $0.kind == .volume }.map(\.key).sorted() == ["a", "b"])
            var rebuild = try CatalogRebuild(at: fixture.path + ".again", boot: "boot", mark: nil)
            try rebuild.add(batch.records)
            _ = try rebuild.finish(highest: LayerID(2))
            let again = try Catalog.open(path: fixture.path + ".again")
            #expect(try await again.versions(of: name) == catalog.versions(of: name))
            #expect(try await again.volumeFacts(of: LayerID(2)) == catalog.volumeFacts(of: LayerID(2)))
        }
    }
}
