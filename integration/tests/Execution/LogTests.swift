import Foundation
import Testing

@Suite struct `A step's log` {
    private func pipeline(_ command: String, limits: String = "{}") -> String {
        """
        version: 1
        image: busybox
        steps:
          - key: talk
            run: |
              \(command)
            limits: \(limits)
            network: none
        """
    }

    @Test func `keeps a line of ten megabytes, in parts`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                pipeline("head -c 10485760 /dev/zero | tr '\\0' x; echo; echo end"))
            let text = run.log(of: "talk")
            let (length, tail) = (text.utf8.count, String(text.suffix(8)))
            #expect(length == 10_485_760 + 5)
            #expect(tail == "xxx\nend\n")
            let parts = run.events("step_log", of: "talk")
            #expect(parts.allSatisfy { ($0["line"]?.text?.utf8.count ?? 0) <= 65536 })
            #expect(parts.dropLast(2).allSatisfy { $0["partial"] == .bool(true) })
        }
    }

    @Test func `keeps bytes that are not UTF-8`() async throws {
        try await Playground.open { play in
            let run = try await play.run(pipeline("printf '\\377\\000\\376\\n'; printf 'caf\\303\\251\\n'"))
            let lines = run.events("step_log", of: "talk")
            #expect(lines.first?["line_base64"]?.text == Data([255, 0, 254]).base64EncodedString())
            #expect(lines.first?["line"] == nil)
            #expect(lines.last?["line"]?.text == "café")
        }
    }

    @Test func `shows a prompt without a newline while the step waits`() async throws {
        try await Playground.open { play in
            let run = try play.start(pipeline("printf 'ready? '; sleep 2; echo yes"))
            let prompt = try await run.event("step_log", of: "talk")
            #expect(prompt["line"]?.text == "ready? " && prompt["partial"] == .bool(true))
            #expect(try await run.end().log(of: "talk") == "ready? yes\n")
        }
    }

    @Test func `keeps its two streams apart, in the order of each`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                pipeline("for i in 1 2 3; do echo out$i; echo err$i >&2; done"))
            let lines = run.events("step_log", of: "talk")
            for stream in ["stdout", "stderr"] {
                let texts = lines.filter { $0["stream"]?.text == stream }.compactMap { $0["line"]?.text }
                #expect(texts == (1...3).map { String(stream.suffix(3)) + "\($0)" })
            }
        }
    }

    @Test func `has what a child wrote before the shell ended`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                pipeline(
                    "(echo early; echo > /tmp/written; sleep 600) & "
                        + "until [ -e /tmp/written ]; do sleep 0.05; done; exit 0"))
            #expect(run.status(of: "talk") == "passed", "\(run.stderr)")
            #expect(run.log(of: "talk") == "early\n")
        }
    }

    @Test func `ends with the step, whatever a child that is ended with it was to write`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                pipeline("echo first; (trap '' HUP TERM; sleep 600; echo late) & exit 0"))
            #expect(run.status(of: "talk") == "passed", "\(run.stderr)")
            #expect(run.log(of: "talk") == "first\n")
        }
    }

    @Test func `of a silent step is empty`() async throws {
        try await Playground.open { play in
            let run = try await play.run(pipeline("true"))
            #expect(run.status(of: "talk") == "passed" && run.events("step_log").isEmpty)
        }
    }

    @Test func `over its limit ends the step as an error, and keeps what was written before`() async throws {
        try await Playground.open { play in
            let run = try await play.run(pipeline("yes 0123456789", limits: "{log: 1MiB}"))
            #expect(run.exitCode == 5)
            #expect(run.status(of: "talk") == "error" && run.error(of: "talk") == "log-limit")
            let bytes = run.log(of: "talk").utf8.count
            #expect(bytes > 900_000 && bytes <= (1 << 20) + 1, "\(bytes)")
        }
    }

    @Test func `is numbered without gaps, and resumes after any number`() async throws {
        try await Playground.open { play in
            let run = try await play.run(pipeline("for i in $(seq 200); do echo $i; done"))
            let numbers = run.events.compactMap { $0["seq"]?.number }
            #expect(numbers == (1...numbers.count).map(Double.init))
            for after in [0, 1, 57, numbers.count - 1, numbers.count] {
                let rest = try await play.request("GET", "/v1/runs/\(run.id)/events?after=\(after)")
                #expect(rest.lines.count == numbers.count - after, "after \(after)")
                #expect(rest.lines == Array(try await all(of: run, play).dropFirst(after)))
            }
        }
    }

    @Test func `is there after a restart of the daemon`() async throws {
        try await Playground.open { play in
            let run = try await play.run(pipeline("echo kept"))
            let before = try await all(of: run, play)
            await play.daemon.stop()
            try await play.daemon.start()
            #expect(try await all(of: run, play) == before)
            let logs = try await play.varve(["logs", run.id, "talk"])
            #expect(logs.stdout.contains("kept"), "\(logs.stderr)")
        }
    }

    @Test func `of a hit is the log of the run that made the snapshot, and says so`() async throws {
        try await Playground.open { play in
            let cached = """
                version: 1
                image: busybox
                steps: [{key: talk, run: echo made once, cache: forever, network: none}]
                """
            let first = try await play.run(cached)
            let second = try await play.run(cached)
            #expect(second.status(of: "talk") == "cache_hit" && second.events("step_log").isEmpty)
            let logs = try await play.varve(["logs", second.id, "talk"])
            #expect(logs.stdout.contains("made once"))
            #expect((logs.stdout + logs.stderr).contains(first.id), "\(logs.stdout)\(logs.stderr)")
        }
    }

    private func all(of run: RunResult, _ play: Playground) async throws -> [String] {
        try await play.request("GET", "/v1/runs/\(run.id)/events").lines
    }
}
