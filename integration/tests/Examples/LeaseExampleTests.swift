import API
import Client
import Foundation
import Glibc
import Model
import Testing

/// What `integration/examples` shows to authors of runner hosts does what it says.
@Suite struct `An example of a runner host` {
    static let names = ["lease.sh", "lease.py"]

    private func withExample(
        _ name: String,
        _ body: (Playground, _ start: ([String], [String]) throws -> RunningExample) async throws -> Void
    ) async throws {
        try await Playground.open { play in
            try play.write("a.txt", "one\n")
            let runtime = try RunningExample.makeRuntime(on: play)
            try await body(play) { steps, options in
                try RunningExample(name, steps, runtime: runtime, options: options, on: play)
            }
            #expect(try await play.leftovers() == [])
            #expect(try await play.client.leases().items == [])
        }
    }

    private func step(_ key: String, _ command: String, cache: String = "\"forever\"", image: Bool = true)
        -> String
    {
        let base = image ? "\"image\": \"busybox\", " : ""
        return
            "{\"key\": \"\(key)\", \"cmd\": \"\(command)\", \(base)\"cache\": \(cache), \"network\": \"none\"}"
    }

    /// Says so, and waits until the test puts a file into the lease's root.
    private static let gate = "echo started; until [ -e /go ]; do sleep 0.05; done; rm /go"

    private func openGate(on play: Playground) async throws {
        let lease = try #require(try await play.client.leases().items.first)
        try Data().write(to: URL(fileURLWithPath: lease.rootfs + "/go"))
    }

    @Test func `stops what has a volume open before its commit, and starts it again whatever comes of that`()
        async throws
    {
        func step(_ command: String, before: String, _ log: String) -> String {
            #"{"key": "s", "cmd": "\#(command)", "image": "busybox", "network": "none", "mounts": "#
                + #"[{"volume": "v", "path": "/v", "quiesce": {"before": "echo stop >> \#(log); \#(before)", "#
                + #""after": "echo start >> \#(log)"}}]}"#
        }
        try await withExample("lease.py") { play, start in
            let log = play.root + "/quiesced"
            let passed = await (try start([step("echo x > /v/x", before: "true", log)], [])).end()
            #expect(passed.status == 0, "\(passed.stderr)")
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "stop\nstart\n")
            #expect(try await play.client.volumes().items.first?.versions.count == 1)
            let refused = await (try start([step("echo y > /v/y", before: "exit 1", log)], [])).end()
            #expect(refused.status == 125 && refused.stderr.contains("status 1"), "\(refused.stderr)")
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "stop\nstart\nstop\nstart\n")
            let failed = await (try start([step("exit 3", before: "true", log)], [])).end()
            #expect(failed.status == 3, "\(failed.stderr)")
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "stop\nstart\nstop\nstart\n")
            #expect(try await play.client.volumes().items.first?.versions.count == 1)
        }
    }

    @Test(arguments: names) func `runs a chain, finds it again, and shows an edit of the source`(
        name: String
    ) async throws {
        try await withExample(name) { play, start in
            let steps = [
                step("base", "echo built > gen; echo running base"),
                step(
                    "test", "cat a.txt gen; printf '\\\"quoted\\\"\\\\n'",
                    cache: "{\"on_change\": [\"a.txt\"]}",
                    image: false),
            ]
            let first = await (try start(steps, [])).end()
            #expect(first.status == 0, "\(first.stderr)")
            #expect(first.lines == ["running base", "one", "built", "\"quoted\""])
            let second = await (try start(steps, [])).end()
            #expect(second.status == 0 && second.stdout.isEmpty, "\(second.stdout)\(second.stderr)")
            #expect(second.stderr.contains("base: hit") && second.stderr.contains("test: hit"))
            try play.write("a.txt", "two\n")
            let edited = await (try start(steps, [])).end()
            #expect(edited.status == 0 && edited.stderr.contains("base: hit"), "\(edited.stderr)")
            #expect(edited.lines == ["two", "built", "\"quoted\""])
        }
    }

    @Test(arguments: names) func `keeps a directory's steps under the name that varve run gives it`(
        name: String
    ) async throws {
        try await withExample(name) { play, start in
            let result = await (try start([step("one", "true", cache: "{\"on_change\": [\"typo\"]}")], []))
                .end()
            #expect(result.status == 0 && result.stderr.contains("matches nothing"), "\(result.stderr)")
            let workspaces = try await play.client.workspaces().items.map(\.name)
            #expect(workspaces == [try ResourceName.workspace(forDirectory: Array(play.project.utf8)).text])
        }
    }

    @Test(arguments: names) func `does not take the runtime's failure for the command's`(name: String)
        async throws
    {
        try await withExample(name) { play, _ in
            let runtime = play.root + "/broken"
            try Data("#!/bin/sh\nexit 1\n".utf8).write(to: URL(fileURLWithPath: runtime))
            try await play.shell("chmod +x '\(runtime)'")
            let result = await (try RunningExample(name, [step("one", "true")], runtime: runtime, on: play))
                .end()
            #expect(result.status == 125 && result.stderr.contains("could not start"), "\(result.stderr)")
        }
    }

    @Test(arguments: names) func `passes a failing command's status on, and keeps nothing of it`(
        name: String
    ) async throws {
        try await withExample(name) { play, start in
            for _ in 0..<2 {
                let output = try await start(
                    [step("bad", "echo ran; exit 7"), step("never", "echo never", image: false)], []
                ).end()
                #expect(output.status == 7 && output.lines == ["ran"], "\(output.stderr)")
            }
            #expect(try await play.client.snapshots().items.isEmpty)
        }
    }

    @Test(arguments: names, [SIGINT, SIGTERM, SIGHUP])
    func `ends its command and its lease when it is told to end`(
        name: String, signal: Int32
    ) async throws {
        try await withExample(name) { play, start in
            let example = try start([step("slow", "echo started; exec sleep 4711")], [])
            try await example.said("started")
            example.signal(signal)
            let output = await example.end()
            #expect(output.status == 128 + Int(signal), "\(output.stderr)")
            #expect(try await play.client.leases().items == [])
            #expect(try await play.client.snapshots().items.isEmpty)
        }
    }

    @Test(arguments: names) func `keeps its lease longer than the lease's time`(name: String) async throws {
        try await withExample(name) { play, start in
            let output = try await start([step("long", "sleep 9; echo done")], ["--ttl", "6"]).end()
            #expect(output.status == 0 && output.stdout == "done\n", "\(output.stderr)")
            #expect(try await play.client.snapshots().items.count == 1)
        }
    }

    @Test(arguments: names) func `waits while somebody uses the tree of a command that has ended`(
        name: String
    ) async throws {
        try await withExample(name) { play, start in
            let example = try start([step("held", Self.gate)], [])
            try await example.said("started")
            let lease = try #require(try await play.client.leases().items.first)
            let holder = try Holder("exec sleep 1000", in: lease.rootfs)
            try await openGate(on: play)
            try await example.said("waiting")
            holder.end()
            let output = await example.end()
            #expect(output.status == 0 && output.stderr.contains("committed"), "\(output.stderr)")
        }
    }

    @Test(arguments: names) func `commits what ran while the daemon was killed and started again`(
        name: String
    ) async throws {
        try await withExample(name) { play, start in
            let example = try start([step("across", Self.gate)], [])
            try await example.said("started")
            let lease = try #require(try await play.client.leases().items.first)
            await play.daemon.kill()
            try Data().write(to: URL(fileURLWithPath: lease.rootfs + "/go"))
            try await play.daemon.start()
            let output = await example.end()
            #expect(output.status == 0 && output.stderr.contains("committed"), "\(output.stderr)")
            #expect(try await play.client.snapshots().items.count == 1)
        }
    }

    @Test(arguments: names) func `says what is wrong, with a status of its own`(name: String) async throws {
        try await withExample(name) { play, start in
            let good = step("good", "true")
            let cases: [(steps: [String], options: [String], status: Int, says: String)] = [
                ([], [], 2, "usage"), (["no step"], [], 2, "usage"),
                ([good], ["--runtime", "/no/such/runtime"], 125, "/no/such/runtime"),
                ([good], ["--socket", "/no/such/socket"], 125, "/no/such/socket"),
                (
                    ["{\"key\": \"x\", \"cmd\": \"true\", \"image\": \"busybox\", \"typo\": 1}"], [], 125,
                    "typo"
                ),
            ]
            for wrong in cases {
                let output = await (try start(wrong.steps, wrong.options)).end()
                #expect(output.status == wrong.status, "\(wrong): \(output.stderr)")
                #expect(output.stderr.contains(wrong.says), "\(wrong): \(output.stderr)")
            }
        }
    }
}
