import Foundation
import Testing

@Suite struct `A run on a terminal` {
    @Test func `is cancelled by Ctrl-C, and waits until it has cleaned up`() async throws {
        try await Playground.open { play in
            try play.write(
                "varve.yaml",
                """
                version: 1
                image: busybox
                steps:
                  - {key: long, run: 'echo begun; sleep 7301', network: none}
                """)
            let run = try await play.varveOnTerminal(["run", "--logs"], interruptAt: "begun")
            #expect(run.status == 130, "\(run.stdout)")
            #expect(run.stdout.contains("waiting for its clean-up"))
            #expect(run.stdout.contains("cancelled"))
            #expect(try await play.processes(running: "sleep 7301").isEmpty)
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `shows why a step runs, what failed and its log, and nothing else's`() async throws {
        try await Playground.open { play in
            try play.write(
                "varve.yaml",
                """
                version: 1
                image: busybox
                steps:
                  - {key: base, run: 'echo quiet', cache: forever, network: none}
                  - {key: bad, from: base, run: 'echo lo""ud; exit 3', network: none}
                """)
            let first = try await play.varveOnTerminal(["run"])
            #expect(first.status == 1, "\(first.stdout)")
            #expect(first.stdout.contains("first-run"))
            #expect(first.stdout.contains("exit status 3"))
            #expect(first.stdout.contains("loud"))
            #expect(!first.stdout.contains("quiet"))
            #expect(first.stdout.contains("whole logs: varve logs "))

            let second = try await play.varveOnTerminal(["run"], environment: ["NO_COLOR": "1"])
            let base = second.stdout.split(separator: "\n").last { $0.contains(" base ") }
            #expect(base?.contains("hit") == true, "\(second.stdout)")
            // Cursor movements stay; colours are `m`.
            #expect(second.stdout.firstMatch(of: /\u{1b}\[[0-9;]*m/) == nil)
        }
    }

    @Test func `is not driven by what a step writes`() async throws {
        try await Playground.open { play in
            try play.write(
                "varve.yaml",
                #"""
                version: 1
                image: busybox
                steps:
                  - key: rude
                    run: printf 'a\033[2Jb\033]0;title\007c\r\033[31md\n'; exit 1
                    network: none
                """#)
            let run = try await play.varveOnTerminal(["run"])
            #expect(run.status == 1)
            #expect(!run.stdout.contains("\u{1b}[2J") && !run.stdout.contains("\u{1b}]"))
            let logs = try await play.varveOnTerminal(["run", "--format", "human"])
            #expect(logs.stdout.contains("\u{1b}[31md\u{1b}[0m"))
        }
    }
}
