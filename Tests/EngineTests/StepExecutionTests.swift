import Model
import Testing

@testable import Engine

@Suite struct `An execution whose first run leaves` {
    private func terms(memory: Int64?, token: String = "t") -> StepTerms {
        var limits = StepSpecification.Limits()
        limits.memory = memory.map { ByteSize(bytes: $0) }
        return StepTerms(ingest: 1, limits: limits, passedEnvironment: ["TOKEN": token])
    }

    /// What a run is told that has joined on `other` terms, once the first has left.
    private func toldOne(on other: StepTerms) async throws -> StepExecution.Signal {
        let execution = StepExecution()
        let first = execution.joinFirst()
        execution.start(on: terms(memory: 1), log: ExecutionLog(), remains: StepRemains(in: "r")) {
            // Until it is cancelled.
            if (try? await Task.sleep(for: .seconds(120))) != nil { Issue.record("nobody has ended it") }
            return .superseded
        }
        let second = try #require(execution.join(on: other))
        _ = await first.leave()
        var signals = second.signals.makeAsyncIterator()
        let signal = try #require(await signals.next())
        _ = await second.leave()
        return signal
    }

    @Test func `goes on for one that would have executed it alike`() async throws {
        guard case .narrate = try await toldOne(on: terms(memory: 1)) else {
            Issue.record("it was not told to go on")
            return
        }
    }

    @Test func `goes on for none with other limits or values, which looks again`() async throws {
        for other in [terms(memory: 2), terms(memory: nil), terms(memory: 1, token: "another")] {
            guard case .finished(.superseded, _) = try await toldOne(on: other) else {
                Issue.record("it was given another one's result")
                return
            }
        }
    }
}
