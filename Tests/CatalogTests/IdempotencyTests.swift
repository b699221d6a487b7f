import Catalog
import Model
import Testing

@Suite struct `A remembered request` {
    private let begin = Timestamp(seconds: 1_700_000_000)

    private func remember(
        _ fixture: CatalogFixture, _ body: String = "body", by owner: UInt32 = 0, after seconds: Int64
    ) async throws -> RememberedRequest {
        try await fixture.catalog.remember(
            key: "key", fingerprint: CatalogFixture.digest(body), scope: Scope(owner: owner),
            now: begin.adding(TimeSpan(seconds: seconds)))
    }

    @Test func `is known for a day and no longer`() async throws {
        try await CatalogFixture.open { fixture in
            #expect(try await remember(fixture, after: 0) == .new)
            #expect(try await remember(fixture, after: 1) == .repeated(response: nil))
            try await fixture.catalog.answer(key: "key", scope: CatalogFixture.scope, response: "201 {}")
            #expect(try await remember(fixture, after: 86_400) == .repeated(response: "201 {}"))
            #expect(try await remember(fixture, "other", after: 86_400) == .mismatch)
            #expect(try await remember(fixture, "other", after: 86_401) == .new)
        }
    }

    @Test func `is its user's alone`() async throws {
        try await CatalogFixture.open { fixture in
            let mine = try await remember(fixture, after: 0)
            let theirs = try await remember(fixture, "other", by: 1000, after: 1)
            #expect(mine == .new && theirs == .new)
        }
    }
}
