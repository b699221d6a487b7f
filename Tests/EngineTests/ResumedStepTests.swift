import Layers
import Linux
import Model
import Testing

@testable import Engine

/// A step of which a later life of the daemon knows nothing but what was told of it.
@Suite struct `A step that is taken up again` {
    private let document = """
        version: 1
        image: busybox
        steps: [{key: a, run: "true", workspace: none, network: none, cache: forever}]
        """

    /// The step in a run that was told of as `history` says.
    private func work(_ fixture: EngineFixture, _ history: RunHistory) async throws -> StepWork {
        let engine = fixture.engine
        let run = try await fixture.undrivenRun(document, history)
        let step = try #require(run.frozen.pipeline.steps.first)
        let image = try await engine.image(try ResourceName("busybox", kind: "image"), in: Scope(owner: 0))
            .image
        let base = StepBase(image: image, parent: nil, parentWasExecuted: false)
        let identity = run.frozen.identity(of: step, on: base.identity, environmentKey: engine.environmentKey)
        return StepWork(
            attempt: StepAttempt(step: step, run: run),
            subject: StepSubject(step: step, base: base, identity: identity, frozen: run.frozen))
    }

    @Test func `has passed with a snapshot that came after its start, and with none from before`()
        async throws
    {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            let before = engine.now()
            let ended = try await fixture.run(document)
            let snapshot = try #require(ended.steps.first?.snapshot)
            let key = try #require(StepKey("a"))
            for (started, expected) in [(before, snapshot), (engine.now(), nil)] {
                var history = RunHistory()
                history.steps[key] = .init(started: started)
                let result = try await engine.committed(try await work(fixture, history))
                #expect(result?.snapshot?.snapshot.id == expected)
            }
        }
    }
}

@Suite struct `A stub layer's name` {
    @Test func `tells two mount points from one with a space in it`() throws {
        func name(_ paths: String...) -> String {
            StubName.text(of: paths.map { MountPoint(EntryPath(unchecked: Array($0.utf8)), .directory) })
        }
        #expect(name("proc", "etc/hosts") == "proc etc/hosts")
        #expect(Set([name("x y"), name("x", "y"), name("x\\", "y"), name("x\\ y")]).count == 4)
    }
}
