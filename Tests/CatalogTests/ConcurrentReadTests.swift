import Catalog
import Model
import Testing

@Suite struct `Reading the catalog from many tasks` {
    @Test(.timeLimit(.minutes(5)))
    func `ends, although look-ups wait on the threads that lists go on with`() async throws {
        try await CatalogFixture.open { fixture in
            let catalog = fixture.catalog
            try await withThrowingTaskGroup { group in
                for number in 0..<400 {
                    group.addTask {
                        for _ in 0..<5 {
                            _ = try await catalog.snapshots(SnapshotFilter(reach: .everywhere))
                            #expect(try await catalog.snapshot("none-\(number)") == nil)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
