import Foundation
import Linux
import Model
import TestSupport
import Testing

@testable import Engine

@Suite struct `Path patterns that take long to compare` {
    @Test(.timeLimit(.minutes(3)))
    func `are compared for two requests of a scope at a time, and end with who asked`() async throws {
        try await EngineFixture.open { fixture in
            let source = fixture.root + "/source"
            try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
            for number in 0..<3000 { try Data().write(to: URL(filePath: "\(source)/abcabcabc\(number)")) }
            let (engine, scope) = (fixture.engine, Scope(owner: 0))
            let name = try ResourceName("many", kind: "workspace")
            _ = try await engine.registerRevision(
                of: name, RevisionRequest(path: Array(source.utf8)), by: try EngineFixture.peer, in: scope)
            let patterns = (0..<PathGlob.mostInList).map { "\"**/*a*b*c*x\($0)\"" }.joined(separator: ", ")
            let pipeline = try EngineFixture.pipeline(
                "version: 1\nimage: busybox\nsteps: [{key: a, run: x, cache: {on_change: [\(patterns)]}}]")
            let request = RunRequest(
                pipeline: pipeline, workspace: name, revision: nil, options: RunOptions())
            let plans = (0..<3).map { _ in Task { try await engine.plan(request, for: scope) } }
            try await eventually("one waits for its turn") { engine.patternTurns.waiting > 0 }
            for plan in plans { plan.cancel() }
            for plan in plans {
                let failure = await #expect(throws: Failure.self) { try await plan.value }
                #expect(failure?.code == .cancelled)
            }
            #expect(engine.patternTurns.waiting == 0)
        }
    }
}
