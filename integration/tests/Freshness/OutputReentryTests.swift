import Foundation
import Testing

/// What a run copies into the directory it takes its source from.
@Suite struct `Outputs inside the workspace` {
    private let pipeline = """
        version: 1
        image: busybox
        steps:
          - key: build
            run: mkdir -p coverage && cat a.txt > coverage/report && echo log > build.log
            cache: workspace
            network: none
            outputs: [coverage/, build.log]
          - {key: show, from: build, run: cat coverage/report, cache: workspace, network: none}
          - {key: source, run: ls, network: none}
        """

    @Test func `don't come back as source, so that every further run hits`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "text\n")
            for number in 1...3 {
                let run = try await play.run(pipeline)
                let status = number == 1 ? "passed" : "cache_hit"
                #expect(
                    run.statuses == ["build": status, "show": status, "source": "passed"],
                    "run \(number): \(run.reason(of: "build")) \(run.stderr)")
                #expect(run.log(of: "source") == "a.txt\n", "run \(number)")
                #expect(try play.read("coverage/report") == "text\n", "run \(number)")
                #expect(try play.read("build.log") == "log\n", "run \(number)")
            }
        }
    }

    @Test func `leave what is source beside them source, before and after, whatever their patterns match`()
        async throws
    {
        try await Playground.open { play in
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - key: build
                    run: mkdir -p gen && echo made > lib/made.txt && echo made > gen/all && cat lib/*.src; echo x >> a.log
                    network: none
                    outputs: [lib/, "**/*.txt", gen, "*.log"]
                  - {key: source, run: find * | sort, network: none}
                """
            try play.write("lib/one.src", "1\n")
            try play.write("a.log", "mine\n")
            let first = try await play.run(pipeline)
            #expect(first.log(of: "build") == "1\n")
            try play.write("lib/one.src", "2\n")
            try play.write("lib/new.txt", "new\n")
            try play.write("new.txt", "new\n")
            for _ in 1...2 {
                let run = try await play.run(pipeline)
                #expect(run.log(of: "build") == "2\n")
                #expect(run.log(of: "source") == "a.log\nlib\nlib/new.txt\nlib/one.src\nnew.txt\n")
                #expect(try play.read("lib/made.txt") == "made\n")
            }
        }
    }

    @Test func `are copied out again by a hit if they were removed`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "text\n")
            _ = try await play.run(pipeline)
            try play.remove("coverage")
            let run = try await play.run(pipeline)
            #expect(run.status(of: "build") == "cache_hit")
            #expect(try play.read("coverage/report") == "text\n")
        }
    }
}

extension Playground {
    fileprivate func read(_ path: String) throws -> String {
        try String(contentsOfFile: project + "/" + path, encoding: .utf8)
    }
}
