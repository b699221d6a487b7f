import API
import Model
import Testing

@testable import varve

@Suite struct CopySourceTests {
    private func run(_ steps: [String]) throws -> Wire.Run {
        Wire.Run(
            id: "r1", status: .passed, createdAt: Wire.Time(Timestamp(seconds: 0)), executed: 0, cacheHits: 0,
            steps: try steps.map {
                Wire.RunStep(
                    step: try #require(StepKey($0)), status: .passed, durationMs: 0, snapshot: "s-\($0)")
            })
    }

    @Test(
        arguments: [
            ("test:out/x", nil, "test", "out/x"), ("r1/test:/etc/hosts", "r1", "test", "/etc/hosts"),
            ("a:b:c/d:e", nil, "a:b", "c/d:e"), ("test:/a:b", nil, "test", "/a:b"),
        ] as [(String, String?, String, String)])
    func `the step and the path are told apart`(
        _ text: String, _ named: String?, _ step: String, _ path: String
    ) throws {
        let source = try CopySource(text)
        #expect(source.run == named)
        let resolved = try source.resolve(in: try run(["test", "a:b", "other"]))
        #expect(resolved.step.step.text == step)
        #expect(resolved.path == path)
    }

    @Test(arguments: ["test", "test:", ":x", "/test:x", ""])
    func `what names no file is wrong usage`(_ text: String) {
        #expect(throws: UsageProblem.self) { try CopySource(text) }
    }

    @Test func `a step that the run does not have is said with those it has`() throws {
        let failure = try #require(throws: Failure.self) {
            try CopySource("tset:x").resolve(in: try run(["test", "lint"]))
        }
        #expect(failure.code == .notFound)
        #expect(failure.fix.contains("test, lint"))
    }

    @Test(
        arguments: [
            (".", true), ("./", true), ("/", true), ("out/.", true), ("/out/./", true), ("/workspace", true),
            ("/workspace/", true), ("/./workspace/.", true), ("workspace", false), ("/workspace/out", false),
            ("out/", false), ("./out", false), ("out", false), ("..a", false),
        ] as [(String, Bool)])
    func `a directory's content has no name of its own`(_ path: String, _ isContent: Bool) {
        #expect(CopySource.isContent(path) == isContent)
    }

    @Test(
        arguments: [
            (nil, "wait"), (.failed, "varve shell r1/test"), (.timedOut, "varve shell r1/test"),
            (.skipped, "run it again"), (.cancelled, "run it again"),
        ] as [(StepStatus?, String)])
    func `of a step without a result the remedy is one that helps`(_ status: StepStatus?, _ fix: String)
        throws
    {
        let step = Wire.RunStep(step: try #require(StepKey("test")), status: status, durationMs: 0)
        #expect(step.leftNothing(in: "r1").fix.contains(fix))
    }
}
