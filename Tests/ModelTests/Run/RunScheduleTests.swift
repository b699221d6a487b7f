import Model
import Testing

@Suite struct `A run's schedule` {
    private func pipeline(_ steps: [(key: String, base: String?, after: [String])]) throws -> Pipeline {
        try Pipeline(
            steps: steps.map { step in
                var specification = StepSpecification(
                    key: try key(step.key),
                    base: try step.base.map { .step(try key($0)) }
                        ?? .image(ResourceName("img", kind: "image")),
                    command: "true")
                specification.orderOnly = try step.after.map { name in
                    name.hasSuffix("?")
                        ? .init(key: try key(String(name.dropLast())), evenIfFailed: true)
                        : .init(key: try key(name))
                }
                return specification
            })
    }

    private func schedule(
        _ steps: [(key: String, base: String?, after: [String])], keepsGoing: Bool = false, jobs: Int = 8,
        targets: [String] = []
    ) throws -> RunSchedule {
        RunSchedule(
            pipeline: try pipeline(steps), targets: Set(try targets.map(key)), keepsGoing: keepsGoing,
            jobs: jobs)
    }

    @Test func `starts a step when all it waits for has ended well`() throws {
        var schedule = try schedule([("a", nil, []), ("b", "a", []), ("c", nil, ["b"])])
        #expect(schedule.advance().start == [try key("a")])
        #expect(schedule.advance().start.isEmpty)
        schedule.end(try key("a"), .passed)
        #expect(schedule.advance().start == [try key("b")])
        schedule.end(try key("b"), .cacheHit)
        #expect(schedule.advance().start == [try key("c")])
        schedule.end(try key("c"), .passed)
        #expect(schedule.advance() == .init() && schedule.isFinished)
    }

    @Test func `goes on where an earlier one was, with the same steps to run and to skip`() throws {
        let steps: [(String, String?, [String])] = [
            ("a", nil, []), ("b", "a", []), ("c", nil, []), ("d", "c", []), ("e", nil, []),
        ]
        var earlier = try schedule(steps, jobs: 2)
        _ = earlier.advance()
        earlier.end(try key("c"), .passed)
        #expect(earlier.advance().start == [try key("d")])
        var later = try schedule(steps, jobs: 2)
        later.resume(ended: [(try key("c"), .passed)], running: [try key("a"), try key("d")])
        #expect(later.isRunning(try key("a")))
        #expect(later.isRunning(try key("d")))
        for key in [try key("a"), try key("d")] {
            #expect(later.advance() == earlier.advance())
            later.end(key, .failed)
            earlier.end(key, .failed)
        }
        let (one, other) = (earlier.advance(), later.advance())
        #expect(one == other && earlier.isFinished && later.isFinished)
        #expect(earlier.statuses == later.statuses)
    }

    @Test func `runs no more steps at once than it may`() throws {
        var schedule = try schedule([("a", nil, []), ("b", nil, []), ("c", nil, [])], jobs: 2)
        #expect(schedule.advance().start.count == 2)
        schedule.end(try key("a"), .passed)
        #expect(schedule.advance().start == [try key("c")])
    }

    @Test func `starts nothing new after a failure, and names the one step to blame`() throws {
        var schedule = try schedule([
            ("a", nil, []), ("b", nil, []), ("c", "a", []), ("d", "c", []), ("e", "b", []),
        ])
        _ = schedule.advance()
        schedule.end(try key("a"), .failed)
        let skipped = schedule.advance().skip
        #expect(skipped.map(\.step.text) == ["c", "d", "e"])
        #expect(skipped.allSatisfy { $0.because?.text == "a" })
        #expect(!schedule.isFinished, "b is still running")
        schedule.end(try key("b"), .passed)
        #expect(schedule.isFinished)
    }

    @Test func `goes on with what does not depend on a failure when asked to`() throws {
        var schedule = try schedule(
            [("a", nil, []), ("b", nil, []), ("c", "a", []), ("e", "b", [])], keepsGoing: true)
        _ = schedule.advance()
        schedule.end(try key("a"), .failed)
        schedule.end(try key("b"), .passed)
        let advance = schedule.advance()
        #expect(advance.start == [try key("e")])
        #expect(advance.skip == [.init(step: try key("c"), because: try key("a"))])
    }

    @Test func `runs what waits for a step even if it fails`() throws {
        var schedule = try schedule([("a", nil, []), ("b", "a", []), ("deploy", nil, ["a?", "b?"])])
        _ = schedule.advance()
        schedule.end(try key("a"), .failed)
        let advance = schedule.advance()
        #expect(advance.skip.map(\.step.text) == ["b"])
        #expect(advance.start == [try key("deploy")])
    }

    @Test func `starts nothing behind a second failure, though the first one was allowed for`() throws {
        var schedule = try schedule([("a", nil, []), ("b", nil, ["a?"]), ("c", nil, ["a?"])], jobs: 1)
        _ = schedule.advance()
        schedule.end(try key("a"), .failed)
        #expect(schedule.advance().start == [try key("b")])
        schedule.end(try key("b"), .failed)
        #expect(schedule.advance().skip == [.init(step: try key("c"), because: try key("b"))])
    }

    @Test func `skips everything that has not started once it is stopped`() throws {
        var schedule = try schedule([("a", nil, []), ("b", "a", [])])
        _ = schedule.advance()
        schedule.stop()
        #expect(schedule.advance().skip == [.init(step: try key("b"), because: nil)])
    }

    @Test func `takes only targets and what they need`() throws {
        let schedule = try schedule([("a", nil, []), ("b", "a", []), ("c", "a", [])], targets: ["b"])
        #expect(schedule.steps.map(\.text) == ["a", "b"])
    }
}

@Suite struct `A run's status` {
    @Test func `is the first that applies`() {
        func status(_ steps: [StepStatus], ending: StepStatus? = nil) -> RunStatus {
            RunStatus.ofRun(steps: steps, ending: ending)
        }
        #expect(status([.passed, .cacheHit]) == .passed)
        #expect(status([.failed, .skipped]) == .failed)
        #expect(status([.failed, .timedOut]) == .timedOut)
        #expect(status([.failed, .timedOut, .error]) == .error)
        #expect(status([.error], ending: .cancelled) == .cancelled)
        #expect(status([.passed], ending: .timedOut) == .timedOut)
        #expect(status([.error], ending: .timedOut) == .error)
        #expect(status([.passed], ending: .error) == .error)
    }
}
