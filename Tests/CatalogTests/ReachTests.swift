import Catalog
import Model
import Testing

@Suite struct `A list of the catalog` {
    private let own = Scope(owner: 1)
    private let other = Scope(owner: 2)

    /// Something of each kind that lists have but leases, in that scope.
    private func fill(_ fixture: CatalogFixture, _ scope: Scope, on image: Image) async throws {
        let (catalog, number) = (fixture.catalog, Int64(scope.owner) * 10)
        _ = try await catalog.workspace(try ResourceName("w", kind: "workspace"), in: scope)
        try await catalog.addRun(
            RunRecord(
                id: "r\(number)", scope: scope, workspace: "w", ingest: nil, revision: nil,
                created: Timestamp(seconds: number)), steps: [])
        var snapshot = try fixture.snapshot("s\(number)", on: image, layer: number)
        snapshot.scope = scope
        try await fixture.add(snapshot, nil)
        try await catalog.addImage(
            image,
            name: ImageName(
                name: try ResourceName("mine", kind: "image"), scope: scope, digest: image.digest,
                created: Timestamp(seconds: number)), new: [])
        let layer = LayerID(number + 1)
        try await catalog.addVersion(
            NewVolumeVersion(
                name: VolumeName(
                    scope: scope, workspace: "w", name: try ResourceName("npm", kind: "volume")),
                version: VolumeVersion(
                    id: "v\(number)", key: nil, targets: [EntryPath(unchecked: Array("cache".utf8))],
                    over: .image, layers: [layer], bytes: 0, entries: 0, maker: nil,
                    created: Timestamp(seconds: number)),
                layers: [
                    .init(
                        layer: NewLayer(id: layer, kind: .volume, bytes: 1, entries: 1),
                        facts: VolumeFacts(signatures: ["s"], facts: [[.absent(.root)]]))
                ]))
    }

    /// Whose things each list has; shared names are nobody's.
    private func scopes(_ catalog: Catalog, in reach: Reach) async throws -> [String: Set<Scope>] {
        [
            "workspaces": Set(try await catalog.workspaces(in: reach).map(\.scope)),
            "usage": Set(try await catalog.workspaceUsage(in: reach).map(\.scope)),
            "runs": Set(
                try await catalog.runs(in: reach, workspace: nil, before: nil, limit: 100).map(\.scope)),
            "snapshots": Set(try await catalog.snapshots(SnapshotFilter(reach: reach)).map(\.scope)),
            "images": Set(try await catalog.imageNames(in: reach).compactMap(\.scope)),
            "volumes": Set(try await catalog.volumes(in: reach, workspace: nil).map(\.name.scope)),
        ]
    }

    @Test func `has one scope's things, and everybody's only where that was said`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            for scope in [own, other] { try await fill(fixture, scope, on: image) }
            for (list, found) in try await scopes(fixture.catalog, in: .scope(own)) {
                #expect(found == [own], "\(list)")
            }
            for (list, found) in try await scopes(fixture.catalog, in: .everywhere) {
                #expect(found == [own, other], "\(list)")
            }
            for (list, found) in try await scopes(fixture.catalog, in: .scope(Scope(owner: 3))) {
                #expect(found.isEmpty, "\(list)")
            }
        }
    }

    @Test func `has the shared names of images for every scope`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            try await fill(fixture, other, on: image)
            let seen = try await fixture.catalog.imageNames(in: .scope(own))
            #expect(seen.map(\.name.text) == ["base"] && seen.map(\.scope) == [nil])
        }
    }
}
