import Catalog
import Model
import Testing

@Suite struct `A revision that is being added` {
    @Test func `is refused when a layer below it has gone`() async throws {
        try await CatalogFixture.open { fixture in
            let workspace = try await fixture.catalog.workspace(
                try ResourceName("w", kind: "workspace"), in: CatalogFixture.scope)
            let first = ingest("one", of: workspace, [1])
            _ = try await fixture.catalog.addIngest(first, new: [layer(1)])
            #expect(try await fixture.catalog.hasRevision(first.revision))
            #expect(try await fixture.catalog.removeIngests(of: workspace, revision: first.revision))
            #expect(try await fixture.catalog.dropUnreferencedLayers { [] } == [LayerID(1)])
            let failure = await #expect(throws: Failure.self) {
                _ = try await fixture.catalog.addIngest(
                    ingest("two", of: workspace, [1, 2]), new: [layer(2)])
            }
            #expect(failure?.code == .revisionGone)
            #expect(try await fixture.catalog.layerNumbers().isEmpty)
            #expect(try await fixture.catalog.hasRevision(first.revision) == false)
        }
    }

    @Test func `is refused when its workspace has gone`() async throws {
        try await CatalogFixture.open { fixture in
            let workspace = try await fixture.catalog.workspace(
                try ResourceName("w", kind: "workspace"), in: CatalogFixture.scope)
            try await fixture.catalog.removeWorkspace(workspace)
            let failure = await #expect(throws: Failure.self) {
                _ = try await fixture.catalog.addIngest(ingest("one", of: workspace, [1]), new: [layer(1)])
            }
            #expect(failure?.code == .workspaceMissing)
        }
    }

    private func ingest(_ name: String, of workspace: Int64, _ layers: [Int64]) -> Ingest {
        Ingest(
            number: 0, workspace: workspace, revision: CatalogFixture.digest(name),
            layers: layers.map(LayerID.init), ingested: Timestamp(seconds: 1), files: 1, bytes: 1)
    }

    private func layer(_ number: Int64) -> NewLayer {
        NewLayer(id: LayerID(number), kind: .revision, bytes: 1, entries: 1)
    }
}
