import GRDB
import Model
import Testing

@testable import Catalog

@Suite struct `A catalog after a power cut` {
    @Test func `has what was written durably, and goes back to cheap commits`() async throws {
        try await CatalogFixture.open { fixture in
            let synchronous = { @Sendable (database: Database) in
                try Int.fetchOne(database, sql: "PRAGMA synchronous")
            }
            let (full, normal) = (2, 1)
            let during = try await fixture.catalog.writeDurably("test", synchronous)
            let behind = try await fixture.catalog.write("test", synchronous)
            #expect(during == full && behind == normal)
            await #expect(throws: Failure.self) {
                try await fixture.catalog.writeDurably("test") { database in
                    try database.execute(sql: "UPDATE store SET boot = 'half'")
                    throw DatabaseError(resultCode: .SQLITE_FULL)
                }
            }
            let behindFailure = try await fixture.catalog.write("test", synchronous)
            #expect(behindFailure == normal)
            #expect(try await fixture.catalog.content().boot == nil)
        }
    }

    @Test func `enters a boot only together with giving up what was lost before it`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            try await fixture.add(try fixture.snapshot("a", on: image, layer: 2), nil)
            let catalog = fixture.catalog
            #expect(try await catalog.content().boot == nil)
            _ = try await catalog.giveUp([], entering: "first")
            #expect(try await catalog.content().boot == "first")
            try await catalog.write("test") {
                try $0.execute(
                    sql: """
                        CREATE TRIGGER full BEFORE DELETE ON layer
                        BEGIN SELECT RAISE(ABORT, 'no space'); END
                        """)
            }
            await #expect(throws: Failure.self) {
                _ = try await catalog.giveUp([LayerID(2)], entering: "second")
            }
            #expect(try await catalog.content().boot == "first")
            #expect(try await catalog.snapshot("a") != nil)
            try await catalog.write("test") { try $0.execute(sql: "DROP TRIGGER full") }
            #expect(try await catalog.giveUp([LayerID(2)], entering: "second").snapshots == ["a"])
            #expect(try await catalog.content().boot == "second")
        }
    }
}
