import Glibc
import Testing

/// Two runs that want one identity at the same time.
@Suite struct `A step that two runs want at once` {
    private func pipeline(_ command: String, cache: String = "forever") -> String {
        """
        version: 1
        image: busybox
        steps:
          - {key: shared, run: '\(command)', cache: \(cache), network: none}
          - {key: after, from: shared, run: cat /made, network: none}
        """
    }

    /// Tells one execution from another: prints a random number and leaves it, and is held behind that.
    private func numbered(_ held: String) -> String {
        "head -c 16 /dev/urandom | sha256sum > /made; cat /made; \(held)"
    }

    /// What the execution printed of which this run tells.
    private func number(toldBy run: RunningRun) async throws -> String {
        try #require(try await run.event("step_log", of: "shared")["line"]?.text)
    }

    @Test func `is executed once, and both get its snapshot`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let gate = StepGate()
            let first = try play.start(pipeline(numbered(gate.script)))
            try await gate.reached(by: first, in: "shared")
            let made = try await number(toldBy: first)
            let second = try await play.startWaiting(pipeline(numbered(gate.script)), for: "shared")
            try await gate.open(on: play)
            let (one, two) = (try await first.end(), try await second.end())
            #expect(one.status(of: "shared") == "passed", "\(one.stderr)")
            #expect(two.status(of: "shared") == "cache_hit", "\(two.stderr)")
            #expect(two.events("step_start", of: "shared").isEmpty)
            #expect([one, two].map { $0.log(of: "after") } == [made + "\n", made + "\n"])
        }
    }

    @Test func `goes on when the run that started it is cancelled`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let gate = StepGate()
            let first = try play.start(pipeline(numbered(gate.script)))
            try await gate.reached(by: first, in: "shared")
            let made = try await number(toldBy: first)
            let second = try await play.startWaiting(pipeline(numbered(gate.script)), for: "shared")
            first.signal(SIGINT)
            let one = try await first.end()
            #expect(one.exitCode == 130)
            #expect(one.status(of: "shared") == "cancelled")
            // The other one tells of it now, from its beginning.
            #expect(try await number(toldBy: second) == made, "another execution")
            try await gate.reached(by: second, in: "shared")
            try await gate.open(on: play)
            let two = try await second.end()
            #expect(two.exitCode == 0 && two.status(of: "shared") == "passed", "\(two.stderr)")
            #expect(two.log(of: "after") == made + "\n")
        }
    }

    @Test func `stops when both runs are cancelled, and a run after that starts afresh`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            // Others of these tests run beside this one.
            let sleep = "sleep \(Int.random(in: 600_000...999_999))"
            let endless = pipeline(numbered("\(sleep); echo > /made"))
            let first = try play.start(endless)
            let made = try await number(toldBy: first)
            let second = try await play.startWaiting(endless, for: "shared")
            first.signal(SIGINT)
            second.signal(SIGTERM)
            #expect(try await first.end().exitCode == 130)
            #expect(try await second.end().exitCode == 130)
            #expect(try await play.processes(running: sleep).isEmpty)
            let third = try play.start(endless)
            #expect(try await number(toldBy: third) != made)
            third.signal(SIGINT)
            #expect(try await third.end().exitCode == 130)
            #expect(try await play.processes(running: sleep).isEmpty)
        }
    }

    @Test func `is executed again by the run on whose revision its facts fail`() async throws {
        try await Playground.open { play in
            let gate = StepGate()
            let command = "\(gate.script); echo built >> source.txt; cp source.txt /made"
            try play.write("source.txt", "one\n")
            let first = try play.start(pipeline(command), ["--workspace", "shared"])
            try await gate.reached(by: first, in: "shared")
            try play.write("source.txt", "two\n")
            let second = try await play.startWaiting(
                pipeline(command), ["--workspace", "shared"], for: "shared")
            try await gate.open(on: play)
            let one = try await first.end()
            try await gate.reached(by: second, in: "shared")
            try await gate.open(on: play)
            let two = try await second.end()
            #expect(one.log(of: "after") == "one\nbuilt\n")
            #expect(two.log(of: "after") == "two\nbuilt\n", "\(two.stderr)")
            #expect(two.status(of: "shared") == "passed")
        }
    }

    @Test func `is executed by each where it is not cached`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let gate = StepGate()
            let pipeline = pipeline(numbered(gate.script), cache: "none")
            let runs = [try play.start(pipeline), try play.start(pipeline)]
            for run in runs { try await gate.reached(by: run, in: "shared") }
            try await gate.open(on: play)
            let (one, two) = (try await runs[0].end(), try await runs[1].end())
            #expect(one.status(of: "shared") == "passed" && two.status(of: "shared") == "passed")
            #expect(one.log(of: "after") != two.log(of: "after"))
        }
    }

    @Test func `is executed by each where the second asks for no cache`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let gate = StepGate()
            let first = try play.start(pipeline(numbered(gate.script)))
            try await gate.reached(by: first, in: "shared")
            let second = try play.start(pipeline(numbered(gate.script)), ["--no-cache"])
            try await gate.reached(by: second, in: "shared")
            try await gate.open(on: play)
            let (one, two) = (try await first.end(), try await second.end())
            #expect(two.reason(of: "shared") == "no-cache-requested")
            #expect(one.log(of: "after") != two.log(of: "after"))
        }
    }
}
