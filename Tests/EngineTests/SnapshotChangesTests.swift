import Engine
import Layers
import Model
import Testing

@Suite struct `The changes of a snapshot` {
    @Test func `come one by one as they come at once, also with names that are no UTF-8`() async throws {
        try await EngineFixture.open { fixture in
            let run = try await fixture.run(
                """
                version: 1
                image: busybox
                steps:
                  - key: a
                    run: "mkdir /d; for n in '\\\\377' '\\\\376' b; do echo x > /d/$(printf $n); done"
                    cache: forever
                    workspace: none
                    network: none
                """)
            let snapshot = try #require(run.steps.first?.snapshot)
            let whole = try await fixture.engine.changes(
                of: snapshot, in: .everywhere, limit: 100, after: nil)
            let names = whole.changes.map(\.change.path.bytes)
            #expect(names.contains(Array("d/".utf8) + [0xff]) && names.contains(Array("d/".utf8) + [0xfe]))
            var single: [SnapshotChanges.Change] = []
            var cursor: String?
            repeat {
                let page = try await fixture.engine.changes(
                    of: snapshot, in: .everywhere, limit: 1, after: cursor)
                single += page.changes
                cursor = page.next
            } while cursor != nil && single.count <= whole.changes.count
            #expect(single == whole.changes)
        }
    }

    @Test func `begin nowhere for a cursor of another list`() async throws {
        try await EngineFixture.open { fixture in
            let run = try await fixture.run(
                """
                version: 1
                image: busybox
                steps: [{key: a, run: "echo x > /x", cache: forever, workspace: none, network: none}]
                """)
            let snapshot = try #require(run.steps.first?.snapshot)
            for cursor in ["", "x", "system", "system:7", "system:zz", "system:ÿÿ", "system:2e2e"] {
                let failure = await #expect(throws: Failure.self) {
                    _ = try await fixture.engine.changes(
                        of: snapshot, in: .everywhere, limit: 1, after: cursor)
                }
                #expect(failure?.code == .badRequest, "\(cursor)")
            }
        }
    }
}
