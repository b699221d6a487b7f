import Foundation
import Glibc
import TestSupport
import Testing

/// The daemon is stopped or killed, and started again, while steps run.
@Suite struct `A step whose daemon is restarted` {
    /// Ways in which a daemon goes away.
    enum Way: CaseIterable, Sendable {
        case stopped, killed

        func apply(to daemon: Daemon) async {
            switch self {
            case .stopped: await daemon.stop()
            case .killed: await daemon.kill()
            }
        }
    }

    private static func pipeline(_ gate: StepGate, cache: String = "forever") -> String {
        """
        version: 1
        image: busybox
        steps:
          - key: first
            run: seq 1 300; \(gate.script); seq 301 600; echo err >&2; printf end; echo kept >/kept
            cache: \(cache)
            network: none
          - key: second
            from: first
            run: cat /kept; seq 601 700
            cache: \(cache)
            network: none
        """
    }

    private func lines(of step: String, _ run: RunResult) -> [String] {
        run.log(of: step).split(separator: "\n").map(String.init)
    }

    /// Where the bundles of the daemon's steps are.
    private func bundles(_ play: Playground) async throws -> String {
        let info = try await play.request("GET", "/v1/info")
        let id = try #require(
            try JSONDecoder().decode([String: JSON].self, from: Data(info.stdout.utf8))["store_id"]?.text)
        return "/run/varve/mounts/\(id)"
    }

    /// The process of the one supervisor that this daemon's store has.
    private func supervisor(_ play: Playground) async throws -> String {
        let bundles = try await bundles(play)
        return try #require(try await play.processes(running: "--bundle=\(bundles)/").first)
    }

    private func awaitEnd(of supervisor: String, on play: Playground) async throws {
        try await play.awaitNone("the supervisor goes on") {
            FileManager.default.fileExists(atPath: "/proc/\(supervisor)/exe") ? [supervisor] : []
        }
    }

    /// Everything is told once, in order, and nothing is missing.
    private func check(_ run: RunResult) {
        #expect(run.status(of: "first") == "passed" && run.status(of: "second") == "passed", "\(run.stderr)")
        let first = lines(of: "first", run)
        #expect(
            first.filter { Int($0) != nil } == (1...600).map(String.init), "\(first.count) lines of the first"
        )
        #expect(first.count { $0 == "err" } == 1 && first.count { $0 == "end" } == 1)
        #expect(lines(of: "second", run) == ["kept"] + (601...700).map(String.init))
        let numbers = run.events.compactMap { $0["seq"]?.number.map { Int($0) } }
        #expect(numbers == Array(1...max(1, numbers.count)), "events are missing, or are there twice")
        for kind in ["build_start", "build_end"] { #expect(run.events(kind).count == 1, "\(kind)") }
        for kind in ["step_queued", "step_start", "step_end"] {
            #expect(run.events(kind).count == 2, "\(kind)")
        }
    }

    @Test(arguments: Way.allCases)
    func `goes on meanwhile, is committed, and not a line of it is lost or told twice`(_ way: Way)
        async throws
    {
        try await Playground.open { play in
            let gate = StepGate()
            let running = try play.start(Self.pipeline(gate))
            try await gate.reached(by: running, in: "first")
            await way.apply(to: play.daemon)
            try await play.daemon.start()
            try await gate.open(on: play)
            check(try await running.end())
            try await play.awaitNone("left") { try await play.leftovers() }
            let again = try await play.run(Self.pipeline(gate))
            #expect(again.status(of: "first") == "cache_hit" && again.status(of: "second") == "cache_hit")
        }
    }

    @Test(arguments: Way.allCases)
    func `may end while no daemon is there`(_ way: Way) async throws {
        try await Playground.open { play in
            let gate = StepGate()
            let running = try play.start(Self.pipeline(gate, cache: "none"))
            try await gate.reached(by: running, in: "first")
            let supervisor = try await supervisor(play)
            await way.apply(to: play.daemon)
            try await gate.open(on: play)
            try await awaitEnd(of: supervisor, on: play)
            try await play.daemon.start()
            check(try await running.end())
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test(arguments: [false, true])
    func `is no leftover to a repair meanwhile, whether it has ended by then or not`(hasEnded: Bool)
        async throws
    {
        try await Playground.open { play in
            let gate = StepGate()
            let running = try play.start(Self.pipeline(gate, cache: "none"))
            try await gate.reached(by: running, in: "first")
            let supervisor = try await supervisor(play)
            await play.daemon.stop()
            if hasEnded {
                try await gate.open(on: play)
                try await awaitEnd(of: supervisor, on: play)
            }
            let repair = try await play.varve(["doctor", "--store", play.store, "--repair"])
            #expect(repair.status == 0 && repair.stdout.contains("goes on with"), "\(repair.stdout)")
            #expect(!repair.stdout.contains("steps that are over"), "\(repair.stdout)")
            try await play.daemon.start()
            if !hasEnded { try await gate.open(on: play) }
            check(try await running.end())
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test(arguments: Way.allCases)
    func `fails as its command does, and says so once`(_ way: Way) async throws {
        try await Playground.open { play in
            let gate = StepGate()
            let running = try play.start(
                """
                version: 1
                image: busybox
                steps: [{key: only, run: "\(gate.script); exit 7", network: none}]
                """)
            try await gate.reached(by: running, in: "only")
            await way.apply(to: play.daemon)
            try await play.daemon.start()
            try await gate.open(on: play)
            let run = try await running.end()
            #expect(run.exitCode == 1 && run.status(of: "only") == "failed", "\(run.stderr)")
            #expect(run.events("step_end").first?["exit_code"]?.number == 7)
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `keeps its run's passed values, which are in no file of the store, and its outputs`()
        async throws
    {
        try await Playground.open { play in
            let gate = StepGate()
            let running = try play.start(
                """
                version: 1
                image: busybox
                steps:
                  - {key: first, run: "\(gate.script)", network: none}
                  - key: second
                    from: first
                    run: test "$TOKEN" = 'held "close"' && echo out >made.txt
                    pass_env: [TOKEN]
                    outputs: [made.txt]
                    network: none
                """, environment: ["TOKEN": #"held "close""#])
            try await gate.reached(by: running, in: "first")
            await play.daemon.kill()
            let found = try await Playground.shell("! grep -rlF 'held \\\"close' '\(play.store)'", in: "/")
            #expect(found.status == 0, "a passed value is in \(found.stdout)")
            try await play.daemon.start()
            try await gate.open(on: play)
            let run = try await running.end()
            #expect(run.status(of: "second") == "passed", "\(run.stderr)")
            #expect(try String(contentsOfFile: play.project + "/made.txt", encoding: .utf8) == "out\n")
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `stays cancelled when the daemon is killed before that is done`() async throws {
        try await Playground.open { play in
            let running = try play.start(
                """
                version: 1
                image: busybox
                steps: [{key: only, run: "trap '' TERM; echo deaf; while :; do sleep 1; done", network: none}]
                """)
            try await running.line("deaf", of: "only")
            let id = try #require(try await running.event("build_start")["run_id"]?.text)
            #expect(try await play.request("POST", "/v1/runs/\(id)/cancel").status == 0)
            await play.daemon.kill()
            try await play.daemon.start()
            let run = try await running.end()
            #expect(run.exitCode == 130 && run.status(of: "only") == "cancelled", "\(run.stderr)")
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    /// What may bound a step's time.
    enum Limit: CaseIterable, Sendable {
        case ofTheStep, ofTheRun
    }

    @Test(arguments: Limit.allCases)
    func `has no more time than before, and no less`(_ limit: Limit) async throws {
        try await Playground.open { play in
            let timeout = Duration.seconds(30)
            let clock = ContinuousClock()
            let begun = clock.now
            // It ends at the first SIGTERM, so that no grace is counted in.
            let running = try play.start(
                """
                version: 1
                image: busybox
                steps:
                  - key: only
                    run: trap 'exit 3' TERM; echo on; while :; do sleep 0.1; done
                    timeout: \(limit == .ofTheStep ? "30s" : "5m")
                    network: none
                """, limit == .ofTheRun ? ["--timeout", "30s"] : [])
            try await running.line("on", of: "only")
            // So that the client, which is without a daemon from here on, has patience left.
            try await Task.sleep(until: begun + .seconds(10), clock: clock)
            await play.daemon.kill()
            // The larger part of its time: begun anew, it would end that much later.
            try await Task.sleep(until: begun + .seconds(27), clock: clock)
            let restarted = clock.now
            try await play.daemon.start()
            let run = try await running.end()
            #expect(run.exitCode == 124 && run.status(of: "only") == "timed_out", "\(run.stderr)")
            #expect(restarted.duration(to: clock.now) < timeout, "the time before the restart was lost")
            #expect(begun.duration(to: clock.now) >= timeout, "it was ended before its time was up")
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `is still shared with the other run that waits for it`() async throws {
        try await Playground.open { play in
            let gate = StepGate()
            let pipeline = Self.pipeline(gate)
            let one = try play.start(pipeline)
            try await gate.reached(by: one, in: "first")
            let other = try play.start(pipeline)
            try await other.event("step_queued", of: "first")
            await play.daemon.kill()
            try await play.daemon.start()
            try await gate.open(on: play)
            let (leader, follower) = (try await one.end(), try await other.end())
            for run in [leader, follower] { #expect(run.exitCode == 0, "\(run.stderr)") }
            #expect(leader.status(of: "first") == "passed" && follower.status(of: "first") == "cache_hit")
            #expect(lines(of: "first", leader).filter { Int($0) != nil } == (1...600).map(String.init))
            // Either may come to it first.
            let ends = [leader, follower].map { $0.status(of: "second") }
            #expect(ends.sorted() == ["cache_hit", "passed"])
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `is not committed while somebody can still write into what it left`() async throws {
        try await Playground.open { play in
            let gate = StepGate()
            let running = try play.start(Self.pipeline(gate))
            try await gate.reached(by: running, in: "first")
            let supervisor = try await supervisor(play)
            // A copy of the step's mounts that outlives its own namespace.
            let holder = try Holder(
                "exec nsenter --mount --target \(supervisor) unshare --mount sh -c 'echo; exec sleep 600'",
                in: "/")
            defer { holder.end() }
            try holder.awaitReady()
            await play.daemon.kill()
            try await gate.open(on: play)
            try await play.daemon.start()
            let run = try await running.end()
            #expect(run.exitCode == 5, "\(run.stderr)")
            #expect(run.error(of: "first") == "tree-busy", "\(run.events.suffix(3))")
            #expect(try await play.request("GET", "/v1/snapshots").stdout.contains(#""items":[]"#))
        }
    }

    @Test func `is ended where it can't be followed any more, and nothing of it runs on`() async throws {
        try await Playground.open { play in
            let running = try play.start(
                """
                version: 1
                image: busybox
                steps: [{key: only, run: "echo on; sleep 4717", network: none}]
                """)
            try await running.line("on", of: "only")
            await play.daemon.kill()
            _ = try await play.shell("rm '\(play.store)'/runs/*/step-*/log")
            try await play.daemon.start()
            let run = try await running.end()
            #expect(run.exitCode == 5 && run.error(of: "only") == "storage-failed", "\(run.events.suffix(3))")
            #expect(try await play.processes(running: "sleep 4717").isEmpty)
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `of another boot is no more, and its run ends with an error that says so`() async throws {
        try await Playground.open { play in
            let running = try play.start(
                """
                version: 1
                image: busybox
                steps: [{key: only, run: "echo on; sleep 4715", network: none}]
                """)
            try await running.line("on", of: "only")
            let id = try #require(try await running.event("build_start")["run_id"]?.text)
            await play.daemon.kill()
            let changed = try await Playground.shell(
                "sed -i 's/\"boot\":\"[^\"]*\"/\"boot\":\"another\"/' /run/varve/mounts/*/\(id)/request.json",
                in: "/")
            #expect(changed.status == 0, "\(changed.stderr)")
            try await play.daemon.start()
            let run = try await running.end()
            #expect(run.exitCode == 5 && run.error(of: "only") == "shutting-down", "\(run.events.suffix(3))")
            #expect(try await play.processes(running: "sleep 4715").isEmpty)
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `ends with the daemon when that is asked to end everything`() async throws {
        try await Playground.open { play in
            let running = try play.start(
                """
                version: 1
                image: busybox
                steps: [{key: only, run: "echo on; sleep 4716", network: none}]
                """)
            try await running.line("on", of: "only")
            await play.daemon.end()
            let run = try await running.end()
            #expect(run.exitCode == 5 && run.error(of: "only") == "shutting-down", "\(run.events.suffix(3))")
            #expect(try await play.processes(running: "sleep 4716").isEmpty)
            try await play.daemon.start()
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `is executed by its run where the daemon is killed before the command could begin`()
        async throws
    {
        try await Playground.open { play in
            // The run's request, what its image stands for, the step's mark.
            let mark = CrashPoint(change: "rename mounts/… mounts/…", occurrence: 3, isAfter: true)
            await play.daemon.stop()
            try await play.daemon.start(environment: CrashPoint.environment(mark, in: play))
            let bundles = try await bundles(play)
            let running = try play.start(
                """
                version: 1
                image: busybox
                steps:
                  - key: only
                    run: echo begun; echo line >>/made; wc -l </made
                    cache: forever
                    network: none
                """)
            try await eventually("the daemon is killed") { play.daemon.unexpectedEnd != nil }
            let left = try await Playground.shell("ls '\(bundles)'/*/step.json", in: "/")
            #expect(left.lines.count == 1, "it was killed elsewhere: \(left.stdout)\(left.stderr)")
            let begun = try await Playground.shell("! ls -d '\(play.store)'/runs/*/step-*", in: "/")
            #expect(begun.status == 0, "the command may have begun: \(begun.stdout)")
            try await play.daemon.start()
            let run = try await running.end()
            #expect(run.exitCode == 0 && run.status(of: "only") == "passed", "\(run.stderr)")
            #expect(lines(of: "only", run) == ["begun", "1"])
            for kind in ["step_start", "step_end"] { #expect(run.events(kind).count == 1, "\(kind)") }
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test(arguments: [1713] as [UInt64])
    func `comes to the same end however often, and whenever, the daemon is killed`(
        seed: UInt64
    ) async throws {
        try await Playground.open { play in
            try play.write("source.txt", "source\n")
            let steps = (1...8).map { number in
                """
                  - key: step\(number)
                    \(number == 1 ? "image: busybox" : "from: step\(number - 1)")
                    run: for i in $(seq 1 40); do echo \(number).$i; sleep 0.01; done; cat source.txt >>/seen; wc -l </seen
                    cache: \(number % 2 == 0 ? "forever" : "none")
                    network: none

                """
            }.joined()
            let running = try play.start("version: 1\nsteps:\n" + steps)
            try await running.event("build_start")
            let run = Task { try await running.end() }
            var random = SplitMix(seed: seed)
            var kills = 0
            while !running.hasEnded, kills < 20 {
                let printed = running.printed
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...400, using: &random)))
                await play.daemon.kill()
                kills += 1
                try await play.daemon.start()
                // It has come back to the daemon, or is over.
                if !running.hasEnded { await running.more(than: printed) }
            }
            let result = try await run.value
            #expect(kills > 2)
            let numbers = result.events.compactMap { $0["seq"]?.number.map { Int($0) } }
            #expect(numbers == Array(1...max(1, numbers.count)))
            // A kill while a step's directory is being trimmed ends that step with an error that says so.
            let broken = (1...8).first { result.status(of: "step\($0)") == "error" }
            if let broken {
                #expect(result.error(of: "step\(broken)") == "shutting-down", "\(result.stderr)")
            } else {
                #expect(result.exitCode == 0, "\(result.stderr)")
            }
            for number in 1..<(broken ?? 9) {
                let wanted = (1...40).map { "\(number).\($0)" } + ["\(number)"]
                #expect(
                    lines(of: "step\(number)", result) == wanted, "seed \(seed), after \(kills) kills")
                #expect(result.events("step_start").count { $0["step"]?.text == "step\(number)" } == 1)
            }
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }
}
