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

    private let slow = "echo begun; sleep 3; head -c 16 /dev/urandom | sha256sum > /made"

    @Test func `is executed once, and both get its snapshot`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let first = try play.start(pipeline(slow))
            try await first.line("begun", of: "shared")
            let second = try play.start(pipeline(slow))
            let (one, two) = (try await first.end(), try await second.end())
            #expect(one.status(of: "shared") == "passed")
            #expect(two.status(of: "shared") == "cache_hit", "\(two.stderr)")
            #expect(one.log(of: "after") == two.log(of: "after"), "one random number, made once")
        }
    }

    @Test func `goes on when the run that started it is cancelled`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let first = try play.start(pipeline(slow))
            try await first.line("begun", of: "shared")
            let second = try play.start(pipeline(slow))
            try await second.event("step_queued", of: "shared")
            first.signal(SIGINT)
            let (one, two) = (try await first.end(), try await second.end())
            #expect(one.exitCode == 130)
            #expect(one.status(of: "shared") == "cancelled")
            #expect(two.exitCode == 0, "\(two.stderr)")
            #expect(two.log(of: "after").contains("-"))
        }
    }

    @Test func `stops when both runs are cancelled, and a run after that starts afresh`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let endless = "echo begun; sleep 600; echo > /made"
            let first = try play.start(pipeline(endless))
            try await first.line("begun", of: "shared")
            let second = try play.start(pipeline(endless))
            try await second.event("step_queued", of: "shared")
            first.signal(SIGINT)
            second.signal(SIGTERM)
            #expect(try await first.end().exitCode == 130)
            #expect(try await second.end().exitCode == 130)
            let third = try play.start(pipeline(endless))
            try await third.line("begun", of: "shared")
            third.signal(SIGINT)
            #expect(try await third.end().exitCode == 130)
        }
    }

    @Test func `is executed again by the run on whose revision its facts fail`() async throws {
        try await Playground.open { play in
            let command = "echo begun; sleep 3; echo built >> source.txt; cp source.txt /made"
            try play.write("source.txt", "one\n")
            let first = try play.start(pipeline(command), ["--workspace", "shared"])
            try await first.line("begun", of: "shared")
            try play.write("source.txt", "two\n")
            let second = try play.start(pipeline(command), ["--workspace", "shared"])
            let (one, two) = (try await first.end(), try await second.end())
            #expect(one.log(of: "after") == "one\nbuilt\n")
            #expect(two.log(of: "after") == "two\nbuilt\n", "\(two.stderr)")
            #expect(two.status(of: "shared") == "passed")
        }
    }

    @Test func `is executed by each where it is not cached`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let first = try play.start(pipeline(slow, cache: "none"))
            try await first.line("begun", of: "shared")
            let second = try play.start(pipeline(slow, cache: "none"))
            let (one, two) = (try await first.end(), try await second.end())
            #expect(two.status(of: "shared") == "passed")
            #expect(one.log(of: "after") != two.log(of: "after"))
        }
    }

    @Test func `is executed by each where the second asks for no cache`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let first = try play.start(pipeline(slow))
            try await first.line("begun", of: "shared")
            let second = try play.start(pipeline(slow), ["--no-cache"])
            let (one, two) = (try await first.end(), try await second.end())
            #expect(two.reason(of: "shared") == "no-cache-requested")
            #expect(one.log(of: "after") != two.log(of: "after"))
        }
    }
}
