import Model
import TestSupport
import Testing

@testable import Engine

@Suite struct `A step without a workspace whose cache looks at files` {
    private static func pipeline(_ cache: String) throws -> Pipeline {
        try EngineFixture.pipeline(
            """
            version: 1
            image: busybox
            steps: [{key: a, run: "true", cache: \(cache), workspace: none, network: none}]
            """)
    }

    private func identity(_ cache: String, lock: String, notes: String = "") throws -> Digest {
        var builder = ManifestBuilder(rootMode: 0o755)
        for (name, content) in [("lock", lock), ("notes", notes)] {
            builder.addFile(
                Array(name.utf8), mode: 0o644, size: Int64(content.utf8.count),
                content: Digest(of: Array(content.utf8)))
        }
        let manifest = builder.finish()
        let ingest = Ingest(
            number: 1, workspace: 1, revision: manifest.digest, layers: [],
            ingested: Timestamp(seconds: 1), files: 2, bytes: 0)
        let pipeline = try Self.pipeline(cache)
        let run = FrozenRun(
            scope: Scope(owner: 0), pipeline: pipeline, options: RunOptions(), workspace: "w",
            source: FrozenSource(
                ingest: ingest,
                view: RevisionView(manifest: manifest, ingest: 1, ingested: ingest.ingested)))
        let step = try #require(pipeline.steps.first)
        return run.identity(
            of: step, on: .snapshot("s"), environmentKey: EnvironmentKey([1])
        ).digest
    }

    @Test(arguments: ["{on_change: [lock]}", "workspace", "{all: [forever, {on_change: [lock]}]}"])
    func `is another step when they change`(cache: String) throws {
        #expect(try identity(cache, lock: "1") == identity(cache, lock: "1"))
        #expect(try identity(cache, lock: "1") != identity(cache, lock: "2"))
    }

    @Test func `is the same step when others change`() throws {
        let cache = "{on_change: [lock]}"
        #expect(try identity(cache, lock: "1", notes: "a") == identity(cache, lock: "1", notes: "b"))
    }

    @Test(arguments: ["{on_change: [lock]}", "workspace", "{all: [forever, {on_change: [lock]}]}"])
    func `is refused in a run that has none`(cache: String) async throws {
        let request = RunRequest(
            pipeline: try Self.pipeline(cache), workspace: nil, revision: nil, options: RunOptions())
        try await EngineFixture.open { fixture in
            let failure = await #expect(throws: Failure.self) {
                _ = try await fixture.engine.freeze(request, for: Scope(owner: 0))
            }
            #expect(failure?.code == .pipelineInvalid)
            #expect(failure?.detail.contains("‘a’, cache: ") == true, "\(failure?.detail ?? "")")
        }
    }
}
