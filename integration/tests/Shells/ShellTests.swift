import Foundation
import Glibc
import SystemPackage
import Testing

@Suite struct `A shell` {
    private let group = "games"

    private let pipeline = """
        version: 1
        image: busybox
        steps:
          - key: base
            run: echo made > made; echo two >> a.txt
            user: builder
            env: {COLOR: teal}
            pass_env: [SECRET]
            cache: forever
            network: none
          - {key: bad, from: base, run: 'echo half > half; echo mark > /mark; exit 3', network: none, env: {BAD: "yes"}}
        """

    private func withRun(_ body: (Playground, RunResult) async throws -> Void) async throws {
        try await Playground.open { play in
            try play.write("a.txt", "one\n")
            let run = try await play.run(pipeline, environment: ["SECRET": "hush"])
            try #require(run.statuses == ["base": "passed", "bad": "failed"], "\(run.stderr)")
            try await body(play, run)
        }
    }

    /// The snapshot of a run's step.
    private func snapshot(of step: String, _ run: RunResult) throws -> String {
        try #require(run.events("step_end", of: step).first?["snapshot"]?.text)
    }

    // MARK: - On a pipe

    @Test func `on a pipe has the step's user, environment and workspace, and the shell's exit status`()
        async throws
    {
        try await withRun { play, _ in
            let shell = try await play.varve(
                ["shell", "base"],
                input: "id -un; pwd; echo $COLOR $CI $SECRET; cat a.txt made; echo wrong >&2; exit 7\n")
            #expect(shell.stdout == "builder\n/workspace\nteal true\none\ntwo\nmade\n")
            #expect(shell.status == 7)
            #expect(shell.stderr.contains("wrong\n"))
            #expect(shell.stderr.contains("passed are not kept: SECRET"), "\(shell.stderr)")
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `in a snapshot is on the revision it was made on, whatever the source is now`() async throws {
        try await withRun { play, run in
            try play.write("a.txt", "newer\n")
            _ = try await play.run(pipeline, environment: ["SECRET": "hush"])
            let id = try snapshot(of: "base", run)
            let shell = try await play.varve(["shell", id], input: "cat a.txt made; echo $COLOR\n")
            #expect(shell.stdout == "one\ntwo\nmade\nteal\n", "\(shell.stderr)")
            let last = try await play.varve(["shell", "base"], input: "cat a.txt\n")
            #expect(last.stdout == "newer\ntwo\n")
            let first = try await play.varve(["shell", "\(run.id)/base"], input: "cat a.txt\n")
            #expect(first.stdout == "one\ntwo\n")
        }
    }

    @Test func `in a step that failed is what it left, which nothing else stands on`() async throws {
        try await withRun { play, run in
            let look = "cat a.txt half /mark; echo $BAD; id -u\n"
            let shell = try await play.varve(["shell", "bad"], input: look)
            #expect(shell.stdout == "one\ntwo\nhalf\nmark\nyes\n0\n", "\(shell.stderr)")
            #expect(shell.stderr.contains("step bad failed and left this"), "\(shell.stderr)")
            #expect(run.events("step_end", of: "bad").first?["snapshot"]?.text == nil)
            let again = try await play.run(pipeline, environment: ["SECRET": "hush"])
            #expect(again.statuses["bad"] == "failed" && again.events("step_cache_hit", of: "bad").isEmpty)
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `in a step that failed, and of which nothing is kept, is what it stood on, and says so`()
        async throws
    {
        try await withRun { play, _ in
            let list = try await play.varve(["snapshot", "list", "--step", "bad", "--format", "json"]).stdout
            try #require(list.contains(#""retention":"failed""#), "\(list)")
            let id = try #require(list.firstMatch(of: /"id":"([0-9a-f]+)"/)?.output.1)
            try #require(try await play.varve(["snapshot", "rm", String(id)]).status == 0)
            let shell = try await play.varve(
                ["shell", "bad"], input: "cat a.txt; echo $BAD; id -u; test -e half || echo none\n")
            #expect(shell.stdout == "one\ntwo\nyes\n0\nnone\n")
            #expect(shell.stderr.contains("step bad ended as failed, and what it wrote was not kept"))
        }
    }

    /// Of the host's network others' doings are seen too, so that two looks need not be alike.
    @Test(arguments: ["none", "private"])
    func `has its step's capabilities, filter of system calls and network, not the host's`(
        network: String
    ) async throws {
        let show = "grep -E '^(Cap|NoNewPrivs:|Seccomp:)' /proc/self/status; cut -d: -f1 /proc/net/dev"
        try await Playground.open { play in
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - key: show
                    network: \(network)
                    run: |
                      \(show)
                """)
            try #require(run.exitCode == 0, "\(run.stderr)")
            let lines = run.log(of: "show").split(separator: "\n").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            #expect(lines.contains { $0.hasPrefix("Seccomp:") }, "\(lines)")
            #expect(lines.contains("lo") && lines.contains("tap0") == (network == "private"), "\(lines)")
            let capabilities = try #require(lines.first { $0.hasPrefix("CapEff:") })
            let own = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            #expect(!own.contains(capabilities), "the step may all that the host's root may")
            let shell = try await play.varve(["shell", "show"], input: show + "\n")
            #expect(shell.status == 0 && shell.stdout == run.log(of: "show"), "\(shell)")
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `is ended when it writes more than its step may`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "one\n")
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps: [{key: base, run: "true", network: none, limits: {disk: 1MiB}}]
                """)
            try #require(run.exitCode == 0, "\(run.stderr)")
            let shell = try await play.varve(
                ["shell", "base"], input: "dd if=/dev/zero of=/large bs=1M count=3; sleep 1000; echo over\n")
            #expect(shell.status != 0 && !shell.stdout.contains("over"))
            #expect(shell.stderr.contains("the shell in step base wrote"), "\(shell.stderr)")
            #expect(shell.stderr.contains("limit 1"), "\(shell.stderr)")
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `keeps nothing of what is written in it`() async throws {
        try await withRun { play, run in
            let id = try snapshot(of: "base", run)
            let script = "echo x > new; rm made; echo x > /tmp/new; ls; ls /tmp\n"
            for _ in 1...2 {
                let shell = try await play.varve(["shell", id], input: "ls; ls /tmp; echo -; " + script)
                #expect(shell.stdout == "a.txt\nmade\n-\na.txt\nnew\nnew\n")
            }
            let again = try await play.run(pipeline, environment: ["SECRET": "hush"])
            #expect(again.status(of: "base") == "cache_hit")
            #expect(try await play.shell("ls").stdout == "a.txt\n")
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `takes and gives more than any buffer holds, in order`() async throws {
        try await withRun { play, _ in
            let lines = (1...300_000).map { "\($0)\n" }.joined()
            // What the shell itself has read ahead by then, sed does not get.
            let ahead = String(repeating: "read by the shell, perhaps\n", count: 10_000)
            let shell = try await play.varve(
                ["shell", "bad"], input: "exec sed '1,/^start$/d'\n" + ahead + "start\n" + lines)
            #expect(shell.stdout == lines)
            #expect(shell.status == 0)
        }
    }

    // MARK: - On a terminal

    @Test func `on a terminal prompts, follows its size, and passes Ctrl-C to what runs in it`() async throws
    {
        try await withRun { play, _ in
            let shell = try await ShellTerminal(play: play).run(
                ["base"],
                [
                    .see("/workspace $ "), .type("stty size; tty\n"), .see("24 60\r\n"),
                    .see("/dev/pts/0\r\n"),
                    .resize(rows: 33, columns: 77),
                    .type("trap : WINCH; until stty size | grep '33 77'; do :; done\n"),
                    .see("33 77\r\n"), .see("$ "),
                    // It is what runs in the foreground that says so: a Ctrl-C while ash starts it would be lost.
                    .type("sh -c 'echo begun; exec sleep 6000'\n"), .see("\nbegun"),
                    .type("\u{3}"), .see("$ "), .type("echo $TERM-$COLOR; exit 9\n"), .see("xterm-teal"),
                ])
            #expect(shell.status == 9, "\(shell.stdout)")
            #expect(shell.stderr == "cooked", "the client puts its terminal back")
            #expect(try await play.leftovers() == [])
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
    func `is gone when its client is told to end, and the terminal is as before`(_ signal: Int32) async throws
    {
        try await withRun { play, _ in
            let shell = try await ShellTerminal(play: play).run(
                ["base"],
                [
                    .see("$ "), .type("trap '' HUP TERM; echo be''gun; sleep 6001\n"), .see("begun"),
                    .signal(signal),
                ])
            #expect(shell.status == 128 + Int(signal), "\(shell.stdout)")
            #expect(shell.stderr == "cooked")
            try await expectNothingLeft(play, running: "sleep 6001")
        }
    }

    // MARK: - Ends

    @Test func `is gone when its client is killed, even one that takes no input`() async throws {
        try await withRun { play, _ in
            let client = try OpenShell(
                play, "bad", then: "echo begun; exec sleep 6002\n" + String(repeating: "x", count: 1 << 20))
            try client.see("begun")
            client.signal(SIGKILL)
            _ = client.end()
            try await expectNothingLeft(play, running: "sleep 6002")
        }
    }

    @Test func `ends with the daemon, which says so`() async throws {
        try await withRun { play, _ in
            let client = try OpenShell(play, "bad", then: "trap '' TERM HUP; echo begun; sleep 6003\n")
            try client.see("begun")
            await play.daemon.stop()
            let end = client.end()
            #expect(end.status == 5)
            #expect(end.stderr.contains("error[shutting-down]"), "\(end.stderr)")
            #expect(try await play.processes(running: "sleep 6003").isEmpty)
            try await play.daemon.start()
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `does not outlive a daemon that was killed`() async throws {
        try await withRun { play, _ in
            let client = try OpenShell(play, "bad", then: "trap '' TERM HUP; echo begun; sleep 6004\n")
            try client.see("begun")
            await play.daemon.kill()
            let end = client.end()
            #expect(end.status == 4)
            #expect(end.stderr.contains("error[daemon-unreachable]"), "\(end.stderr)")
            try await play.daemon.start()
            try await expectNothingLeft(play, running: "sleep 6004")
        }
    }

    // MARK: - Callers

    @Test func `is for its owner: another user's snapshot and run are not found`() async throws {
        try await Playground.open { play in
            await play.daemon.stop()
            try await play.daemon.start(["--group", group])
            try play.write("a.txt", "one\n")
            try await play.shell("chmod 755 ..; chown 12345 . a.txt")
            let root = try await play.run(pipeline, environment: ["SECRET": "hush"])
            let id = try snapshot(of: "base", root)
            for place in [id, "\(root.id)/base"] {
                let refused = try await ShellTerminal(play: play).run([place], [], user: 12345)
                #expect(refused.status == 5)
                #expect(refused.stdout.contains("error[not-found]"), "\(refused.stdout)")
            }
            let own = try await runProgram(
                "setpriv",
                [
                    "--reuid=12345", "--regid=12345", "--groups=\(group)", Programs.varve, "run", "-",
                    "--format", "json",
                ],
                in: play.project, environment: ["VARVE_SOCKET": play.socket, "SECRET": "s"], input: pipeline)
            #expect(try RunResult(own).status(of: "base") == "passed", "\(own.stderr)")
            let shell = try await ShellTerminal(play: play).run(
                ["base"], [.see("$ "), .type("id -un; exit 4\n"), .see("builder")], user: 12345)
            #expect(shell.status == 4, "\(shell.stdout)")
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `is refused where it can't be had, with the reason`() async throws {
        try await withRun { play, run in
            let none = try await play.varve(["shell", "nothing"])
            #expect(none.status == 5 && none.stderr.contains("error[not-found]"), "\(none.stderr)")
            let unknown = try await play.varve(["shell", "0123456789abcdef"])
            #expect(
                unknown.status == 5 && unknown.stderr.contains("snapshot 0123456789abcdef"),
                "\(unknown.stderr)")
            let plain = try await LeaseClient(play: play).send(
                "POST", "/v1/shells", "{\"snapshot\": \"\(try snapshot(of: "base", run))\"}")
            #expect(plain.status == 400 && plain.body["fix"]?.text?.contains("Upgrade: varve-shell") == true)
        }
    }

    /// What was the shell's goes once its end is noticed; a minute is more than enough.
    private func expectNothingLeft(_ play: Playground, running text: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        var left: [String]
        repeat {
            left = try await play.processes(running: text) + play.leftovers()
        } while !left.isEmpty && ContinuousClock.now < deadline
        #expect(left == [])
    }
}

/// A `varve shell` on a pipe that goes on while the test does something else.
private final class OpenShell {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private var said = ""

    /// - Parameter script: what it reads first; then its input ends.
    init(_ play: Playground, _ place: String, then script: String) throws {
        process.executableURL = URL(fileURLWithPath: Programs.varve)
        process.arguments = ["shell", place]
        process.currentDirectoryURL = URL(fileURLWithPath: play.project)
        process.environment = ProcessInfo.processInfo.environment.merging(["VARVE_SOCKET": play.socket]) {
            $1
        }
        process.standardInput = FileHandle(
            fileDescriptor: try standardInput(script).rawValue, closeOnDealloc: true)
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    func see(_ text: String) throws {
        while !said.contains(text) {
            let bytes = output.fileHandleForReading.availableData
            try #require(!bytes.isEmpty, "the shell ended with: \(said)")
            said += String(decoding: bytes, as: UTF8.self)
        }
    }

    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    func end() -> Output {
        let rest = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Output(
            status: Int(process.terminationStatus) + (process.terminationReason == .exit ? 0 : 128),
            stdout: said + rest, stderr: complaint)
    }
}
