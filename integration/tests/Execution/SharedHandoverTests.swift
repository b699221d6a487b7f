import Glibc
import Testing

/// Two runs wait for one execution, and the one that began it goes.
@Suite struct `A step that two runs want, of which the first is cancelled,` {
    /// - Parameter more: a further property of the step that both want.
    private func pipeline(
        _ command: String, key: String = "shared", more: String = "", after: String = "true"
    ) -> String {
        """
        version: 1
        image: busybox
        steps:
          - key: \(key)
            run: trap "exit 1" TERM; \(command)
            cache: forever
            network: none
            \(more)
          - {key: after, from: \(key), run: '\(after)', cache: none, network: none}
        """
    }

    @Test(arguments: [false, true])
    func `is executed anew by the other on its own revision, also over a restart`(restarts: Bool)
        async throws
    {
        try await Playground.open { play in
            let (gate, workspace) = (StepGate(), ["--workspace", "shared"])
            let wanted = pipeline("\(gate.script); echo built >>source.txt", after: "cat source.txt")
            try play.write("source.txt", "one\n")
            let first = try play.start(wanted, workspace)
            try await gate.reached(by: first, in: "shared")
            try play.write("source.txt", "two\n")
            let second = try await play.startWaiting(wanted, workspace, for: "after")
            first.signal(SIGINT)
            #expect(try await first.end().status(of: "shared") == "cancelled")
            try await gate.reached(by: second, in: "shared")
            if restarts {
                await play.daemon.kill()
                try await play.daemon.start()
            }
            try await gate.open(on: play)
            let two = try await second.end()
            #expect(two.status(of: "shared") == "passed", "\(two.stderr)")
            #expect(two.log(of: "shared") == "waiting\n", "one execution is told")
            #expect(two.log(of: "after") == "two\nbuilt\n")
            let third = try await play.start(wanted, workspace).end()
            #expect(third.status(of: "shared") == "cache_hit", "\(third.stderr)")
            #expect(third.log(of: "after") == "two\nbuilt\n")
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `leaves its snapshot, and what there is to say of volumes, to the other on the same revision`()
        async throws
    {
        try await Playground.open { play in
            try play.write("a", "a")
            let gate = StepGate()
            let wanted = pipeline(
                "\(gate.script); echo x >/cache/x", more: "mounts: [{volume: cache, path: /cache}]")
            let first = try play.start(wanted)
            try await gate.reached(by: first, in: "shared")
            let second = try await play.startWaiting(wanted, for: "after")
            first.signal(SIGINT)
            let one = try await first.end()
            try await gate.reached(by: second, in: "shared")
            try await gate.open(on: play)
            let two = try await second.end()
            #expect(two.status(of: "shared") == "passed", "\(two.stderr)")
            #expect(one.volumes(of: "shared") == ["empty"] && two.volumes(of: "shared") == ["saved"])
            let third = try await play.start(wanted).end()
            #expect(third.status(of: "shared") == "cache_hit", "\(third.stderr)")
            let logs = try await play.varve(["logs", third.id, "shared"])
            #expect(logs.stdout.contains("waiting"))
            #expect((logs.stdout + logs.stderr).contains(two.id), "\(logs.stdout)\(logs.stderr)")
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `leaves its tree to the other when it fails, whatever that one calls it`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let gate = StepGate()
            let command = "\(gate.script); echo half >/half; exit 3"
            let first = try play.start(pipeline(command))
            try await gate.reached(by: first, in: "shared")
            let second = try await play.startWaiting(pipeline(command, key: "own"), for: "after")
            first.signal(SIGINT)
            _ = try await first.end()
            try await gate.reached(by: second, in: "own")
            try await gate.open(on: play)
            let two = try await second.end()
            #expect(two.status(of: "own") == "failed", "\(two.stderr)")
            let shell = try await play.varve(["shell", "\(two.id)/own"], input: "cat /half\n")
            #expect(shell.stdout == "half\n", "\(shell.stderr)")
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }
}
