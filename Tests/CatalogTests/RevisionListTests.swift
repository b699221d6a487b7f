import Catalog
import Model
import Testing

@Suite struct `The list of a workspace's revisions` {
    /// A workspace in which these were registered, in their order.
    private func workspace(_ names: [String], in fixture: CatalogFixture) async throws -> Int64 {
        let workspace = try await fixture.catalog.workspace(
            try ResourceName("w", kind: "workspace"), in: CatalogFixture.scope)
        for name in names { try await register(name, in: workspace, of: fixture) }
        return workspace
    }

    private func register(_ name: String, in workspace: Int64, of fixture: CatalogFixture) async throws {
        let ingest = Ingest(
            number: 0, workspace: workspace, revision: CatalogFixture.digest(name), layers: [],
            ingested: Timestamp(seconds: 1), files: 1, bytes: 1)
        _ = try await fixture.catalog.addIngest(ingest, new: [])
    }

    private static func digests(_ names: String...) -> [Digest] { names.map(CatalogFixture.digest) }

    @Test func `has one that was registered again once, where it was registered last`() async throws {
        try await CatalogFixture.open { fixture in
            let workspace = try await workspace(["A", "B", "A"], in: fixture)
            let list = try await fixture.catalog.revisions(of: workspace, before: nil, limit: 10)
            #expect(list.map(\.revision) == Self.digests("A", "B"))
            #expect(try await list.first == fixture.catalog.latestIngest(of: workspace))
            #expect(try await fixture.catalog.workspaces(in: .everywhere).map(\.revisions) == [2])
        }
    }

    @Test func `goes on behind its part before, also when that was removed or registered again`()
        async throws
    {
        try await CatalogFixture.open { fixture in
            let catalog = fixture.catalog
            let workspace = try await workspace(["A", "B", "C", "A", "D"], in: fixture)
            let first = try await catalog.revisions(of: workspace, before: nil, limit: 2)
            #expect(first.map(\.revision) == Self.digests("D", "A"))
            let cursor = try #require(first.last?.number)
            let next = try await catalog.revisions(of: workspace, before: cursor, limit: 2)
            #expect(next.map(\.revision) == Self.digests("C", "B"))
            try await register("A", in: workspace, of: fixture)
            #expect(try await catalog.revisions(of: workspace, before: cursor, limit: 2) == next)
            #expect(try await catalog.removeIngests(of: workspace, revision: CatalogFixture.digest("A")))
            #expect(try await catalog.revisions(of: workspace, before: cursor, limit: 2) == next)
        }
    }

    @Test func `does not have one any more that was removed, however often it was registered`() async throws {
        try await CatalogFixture.open { fixture in
            let workspace = try await workspace(["A", "B", "A"], in: fixture)
            let removed = CatalogFixture.digest("A")
            #expect(try await fixture.catalog.removeIngests(of: workspace, revision: removed))
            let list = try await fixture.catalog.revisions(of: workspace, before: nil, limit: 10)
            #expect(list.map(\.revision) == Self.digests("B"))
            #expect(try await fixture.catalog.hasRevision(removed) == false)
        }
    }
}
