import Model
import TestSupport
import Testing

@testable import Engine

/// While steps run, deletion leaves them nine tenths of the time.
@Suite struct `A pause of upkeep` {
    @Test(.timeLimit(.minutes(2))) func `ends when somebody waits for what is to be deleted`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            engine.counts.change { $0.pending += 1 }
            #expect(engine.isUpkeepPaced)
            let pause = Task { await engine.pause(after: .seconds(600)) }
            try await engine.withUpkeepAwaited { () async throws(Failure) in
                #expect(!engine.isUpkeepPaced)
                await pause.value
            }
            #expect(engine.isUpkeepPaced)
            engine.counts.change { $0.pending -= 1 }
            await engine.pause(after: .seconds(600))
        }
    }

    @Test(.timeLimit(.minutes(2))) func `ends with the daemon`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            engine.counts.change { $0.pending += 1 }
            let pause = Task { await engine.pause(after: .seconds(600)) }
            pause.cancel()
            await pause.value
        }
    }
}
