import Catalog
import Linux
import Model
import Testing

@testable import Engine

/// A run of which a later life of the daemon finds no more than its row and its journal.
@Suite struct `A run that can't be taken up again` {
    @Test(arguments: [RunStatus.passed, nil])
    func `ends as it was said to have ended, or with an error`(told: RunStatus?) async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            var record = RunRecord(
                id: TimedID.next(at: engine.now()), scope: Scope(owner: 0), workspace: nil, ingest: nil,
                revision: nil, created: engine.now())
            record.status = .running
            try await engine.catalog.addRun(record, steps: [])
            let directory = try engine.store.createRunDirectory(record.id)
            let journal = try RunJournal(creatingIn: directory, stepCount: 0)
            if let told {
                // The daemon was killed before the catalog had it.
                try journal.append(
                    [.buildEnd(status: told, exitCode: 0, milliseconds: 1, executed: 0, cacheHits: 0)],
                    at: engine.now())
            }
            try await engine.endOnRecord(
                record, because: Failure(.shuttingDown, "the daemon went away", fix: "start it again"))
            let ended = try await engine.run(record.id, in: .everywhere).record
            #expect(ended.status == told ?? .error && ended.exitCode == (told ?? .error).exitCode)
            let events = try await fixture.events(of: record.id).split(separator: "\n")
            #expect(events.count == 1)
        }
    }
}
