import Engine
import Foundation
import Linux
import Logging
import Model
import Pipelines
import TestSupport
import Testing

@Suite struct `An engine on a store of its own` {
    @Test func `executes a chain once and finds its snapshots again`() async throws {
        try await EngineFixture.open { fixture in
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - {key: base, run: "echo one > /one", cache: forever, workspace: none, network: none}
                  - {key: next, from: base, run: "cat /one && echo two > /two", cache: forever, workspace: none, network: none}
                """
            let first = try await fixture.run(pipeline)
            #expect(first.record.status == .passed)
            #expect(first.record.executed == 2 && first.record.cacheHits == 0)
            let second = try await fixture.run(pipeline)
            #expect(second.record.status == .passed)
            #expect(second.record.executed == 0 && second.record.cacheHits == 2)
            #expect(first.steps.map(\.snapshot) == second.steps.map(\.snapshot))
        }
    }

    @Test func `reports a command that fails, and skips what builds on it`() async throws {
        try await EngineFixture.open { fixture in
            let run = try await fixture.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: bad, run: "echo to-stderr >&2; exit 7", workspace: none, network: none}
                  - {key: next, from: bad, run: "true", workspace: none, network: none}
                """)
            #expect(run.record.status == .failed && run.record.exitCode == 1)
            #expect(run.steps.map(\.status) == [.failed, .skipped])
            #expect(run.steps.first?.exitCode == 7)
            let text = try await fixture.events(of: run.record.id)
            #expect(text.contains("to-stderr"))
        }
    }

    @Test func `tells of a result that is on record, though what was left twice can't be taken away`()
        async throws
    {
        try await EngineFixture.open { fixture in
            let pipeline = """
                version: 1
                image: busybox
                steps: [{key: a, run: "echo one > /one", cache: forever, workspace: none, network: none}]
                """
            let first = try await fixture.run(pipeline)
            let dead = try Directory(opening: "\(fixture.root)/store/dead")
            try dead.descriptor.setImmutable()
            defer { try? dead.descriptor.setImmutable(false) }
            var options = RunOptions()
            options.noCache = .everything
            let second = try await fixture.run(pipeline, options)
            #expect(second.record.executed == 1 && second.record.status == .passed)
            #expect(first.steps.map(\.snapshot) == second.steps.map(\.snapshot))
        }
    }
}
