import Model
import Pipelines
import Testing

@testable import Engine

/// A run ends when its client stays away, unless it is detached.
@Suite struct `A run whose client is gone` {
    private func open(
        patience: TimeSpan, _ body: (EngineFixture) async throws -> Void
    ) async throws {
        try await EngineFixture.open(configure: { $0.clientPatience = patience }, body)
    }

    @Test func `has 30 seconds, unless the engine is configured otherwise`() {
        let usual = EngineConfiguration(storePath: "/s", runtimeDirectory: RuntimeDirectory("/r"))
        #expect(usual.clientPatience == TimeSpan(seconds: 30))
    }

    @Test func `is cancelled once the patience is over`() async throws {
        let patience = TimeSpan(seconds: 2)
        try await open(patience: patience) { fixture in
            let run = try await start("echo begun; sleep 600", attached: true, in: fixture)
            let left = try await follow(run, until: "begun", in: fixture)
            await run.finished()
            #expect(left.duration(to: .now) >= patience.duration, "the run did not wait")
            try await expectAbandoned(run, in: fixture)
            let details = try await fixture.engine.run(run.id, in: .everywhere)
            #expect(details.steps.map(\.status) == [.cancelled])
        }
    }

    @Test func `is cancelled also if the client never came`() async throws {
        try await open(patience: TimeSpan(seconds: 1)) { fixture in
            let run = try await start("sleep 600", attached: true, in: fixture)
            await run.finished()
            try await expectAbandoned(run, in: fixture)
        }
    }

    /// The reader is another one for every piece, and the run takes longer than the patience: what is
    /// counted is one absence, neither their sum nor the time since the first.
    @Test func `goes on if the client is back in time, however often it left`() async throws {
        let patience = TimeSpan(seconds: 3)
        try await open(patience: patience) { fixture in
            let begun = ContinuousClock.now
            let run = try await start(
                "for i in 0 1 2 3 4 5 6 7 8; do echo $i; sleep 0.5; done", attached: true, in: fixture)
            var seen: Int64 = 0
            while let lines = try await nextLines(of: run, after: seen, in: fixture) {
                seen += Int64(lines.count { $0 == UInt8(ascii: "\n") })
            }
            await run.finished()
            #expect(begun.duration(to: .now) > patience.duration, "the run was too short to be abandoned")
            let details = try await fixture.engine.run(run.id, in: .everywhere)
            #expect(details.record.status == .passed && details.steps.map(\.status) == [.passed])
        }
    }

    @Test func `goes on if it is detached`() async throws {
        try await open(patience: TimeSpan(milliseconds: 100)) { fixture in
            let run = try await start("sleep 1", attached: false, in: fixture)
            await run.finished()
            let details = try await fixture.engine.run(run.id, in: .everywhere)
            #expect(details.record.status == .passed && details.steps.map(\.status) == [.passed])
        }
    }

    /// Starts a run of one step, which nobody follows yet.
    private func start(
        _ command: String, attached: Bool, in fixture: EngineFixture
    ) async throws -> LiveRun {
        let pipeline = try PipelineReader(options: .init(slug: nil, defaultImage: "busybox")).read(
            """
            version: 1
            image: busybox
            steps:
              - {key: a, run: "\(command)", workspace: none, network: none}
            """)
        var options = RunOptions()
        options.attached = attached
        let request = RunRequest(pipeline: pipeline, workspace: nil, revision: nil, options: options)
        let record = try await fixture.engine.startRun(request, for: Scope(owner: 0), outputs: nil)
        return try #require(fixture.engine.liveRuns[record.id], "it is over already")
    }

    /// Reads events until one says `text`, and goes away.
    ///
    /// - Returns: a moment before it went.
    private func follow(
        _ run: LiveRun, until text: String, in fixture: EngineFixture
    ) async throws -> ContinuousClock.Instant {
        let reader = try await fixture.engine.events(of: run.id, after: 0, in: .everywhere)
        var seen: [UInt8] = []
        while !String(decoding: seen, as: UTF8.self).contains("\"line\":\"\(text)\"") {
            let lines = try await reader.next()
            seen += try #require(lines, "the run ended before it said \(text)")
        }
        return withExtendedLifetime(reader) { ContinuousClock.now }
    }

    /// What a client gets that comes for one piece only; nil once there is no more.
    private func nextLines(
        of run: LiveRun, after seen: Int64, in fixture: EngineFixture
    ) async throws -> [UInt8]? {
        try await fixture.engine.events(of: run.id, after: seen, in: .everywhere).next()
    }

    private func expectAbandoned(_ run: LiveRun, in fixture: EngineFixture) async throws {
        let details = try await fixture.engine.run(run.id, in: .everywhere)
        #expect(details.record.status == .cancelled && details.record.exitCode == 130)
        #expect(try await fixture.events(of: run.id).contains("did not come back in time"))
    }
}
