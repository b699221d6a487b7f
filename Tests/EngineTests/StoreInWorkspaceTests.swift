import Foundation
import Model
import Testing

@testable import Engine

@Suite struct `A workspace that the store is in` {
    @Test func `is refused with the store's place, and taken without it`() async throws {
        try await EngineFixture.open { fixture in
            func register(_ exclude: [String]) async throws -> RevisionSummary {
                try await fixture.engine.registerRevision(
                    of: try ResourceName("outer", kind: "workspace"),
                    RevisionRequest(path: Array(fixture.root.utf8), exclude: exclude),
                    by: try EngineFixture.peer, in: Scope(owner: 0))
            }
            let failure = await #expect(throws: Failure.self) { _ = try await register(["/run"]) }
            #expect(failure?.code == .badPath && failure?.detail.hasPrefix("store in the workspace") == true)
            let without = try await register(["/run", "/store"])
            #expect(without.files > 0)
        }
    }
}
