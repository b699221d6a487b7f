import API
import Client
import Foundation
import Glibc
import Model
import TestSupport
import Testing

@Suite struct `A run that is cancelled` {
    private let pipeline = """
        version: 1
        image: busybox
        steps:
          - {key: first, run: 'echo begun; sleep 600', cache: forever, network: none}
          - {key: second, from: first, run: echo never, network: none}
        """

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func `ends with 130 by any signal, its steps gone`(
        signal: Int32
    ) async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            // Others of these tests run beside this one.
            let sleep = "sleep \(Int.random(in: 600_000...999_999))"
            let run = try play.start(pipeline.replacing("sleep 600", with: sleep))
            try await run.line("begun", of: "first")
            run.signal(signal)
            let result = try await run.end()
            #expect(result.exitCode == 130)
            #expect(result.statuses == ["first": "cancelled", "second": "skipped"])
            #expect(result.events("build_end").first?["status"]?.text == "cancelled")
            #expect(try await play.processes(running: sleep).isEmpty)
            #expect(try await play.leftovers() == [], "mounts, cgroups and directories of the step")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `before its pipeline was there ends with 130 at the first signal`(
        signal: Int32
    ) async throws {
        let (client, input) = (Process(), Pipe())
        client.executableURL = URL(fileURLWithPath: Programs.varve)
        client.arguments = ["run", "-"]
        client.standardInput = input
        client.standardError = FileHandle.nullDevice
        try client.run()
        defer { if client.isRunning { kill(client.processIdentifier, SIGKILL) } }
        let writer = input.fileHandleForWriting
        try writer.write(contentsOf: Data("version: 1\n".utf8))
        try await eventually("a client that reads") {
            var unread: Int32 = 0
            // SAFETY: FIONREAD fills the number it is given.
            return unsafe ioctl(writer.fileDescriptor, UInt(FIONREAD), &unread) == 0 && unread == 0
        }
        kill(client.processIdentifier, signal)
        try await eventually("the client's end") { !client.isRunning }
        #expect(client.terminationReason == .exit && client.terminationStatus == 130)
        try writer.close()
    }

    @Test func `leaves at once at the second signal, and is cleaned up all the same`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let stubborn = """
                version: 1
                image: busybox
                steps:
                  - {key: first, run: 'trap "" TERM; echo begun; while :; do sleep 1; done', network: none}
                """
            let run = try play.start(stubborn)
            try await run.line("begun", of: "first")
            run.signal(SIGINT)
            run.signal(SIGTERM)
            #expect(try await run.end().exitCode == 130)
            let next = try await play.run(quick)
            #expect(next.exitCode == 0, "\(next.stderr)")
        }
    }

    @Test func `is over when the client ends whose output nobody reads any more`() async throws {
        try await Playground.open { play in
            try play.write(
                "varve.yaml",
                """
                version: 1
                image: busybox
                steps:
                  - key: chatty
                    run: 'trap "sleep 1; exit 1" TERM; while :; do echo x; sleep 0.1; done'
                    network: none
                """)
            // Its failure is looked at, and not what ends the script.
            let output = try await play.shell(
                """
                { set +e; '\(Programs.varve)' --socket '\(play.socket)' run --format json; echo $? > status; } | head -n 3
                cat status
                """)
            #expect(output.lines.last == "141", "\(output.lines)")
            let run = try #require(try await play.client.runs().items.first)
            #expect(run.status == .cancelled)
            #expect(try await play.leftovers() == [])
        }
    }

    /// As by an operator, or by a system that goes down with the daemon.
    @Test func `has an error where somebody else stopped a step, whatever its command made of that`()
        async throws
    {
        try await Playground.open { play in
            try play.write("a", "a")
            let run = try play.start(
                """
                version: 1
                image: busybox
                steps:
                  - key: first
                    run: 'trap "exit 0" TERM; echo begun; while :; do sleep 0.1; done'
                    cache: forever
                    network: none
                """)
            try await run.line("begun", of: "first")
            let store = try await play.client.info().storeId
            let supervisors = try await play.processes(running: "--bundle=/run/varve/mounts/\(store)/")
            try #require(supervisors.count == 1)
            kill(try #require(Int32(supervisors[0])), SIGTERM)
            let result = try await run.end()
            #expect(result.exitCode == 5 && result.statuses == ["first": "error"], "\(result.statuses)")
            #expect(try await play.client.snapshots().items == [])
        }
    }

    @Test func `can be cancelled by name, more than once, by someone else`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let run = try play.start(pipeline)
            let id = try #require(try await run.event("build_start")["run_id"]?.text)
            for _ in 0..<2 {
                let cancelled = try await play.varve(["cancel", id])
                #expect(cancelled.status == 0, "\(cancelled.stderr)")
            }
            #expect(try await run.end().exitCode == 130)
            let again = try await play.varve(["cancel", id])
            #expect(again.status == 0, "\(again.stderr)")
            let unknown = try await play.varve(["cancel", "nosuchrun"])
            #expect(unknown.status == 5 && unknown.stderr.contains("error["), "\(unknown.stderr)")
        }
    }

    /// At every moment of a step's life: from before its tree is made until its snapshot is committed.
    @Test func `leaves nothing whatever moment the request comes in`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            var cancelled = 0
            for delay in stride(from: 0, to: 120, by: 6) {
                let run = try play.start(
                    """
                    version: 1
                    image: busybox
                    steps:
                      - key: writes
                        run: 'mkdir d; for i in 1 2 3 4 5 6 7 8 9; do echo \(delay) > d/$i; done'
                        cache: forever
                        network: none
                    """)
                let id = try #require(try await run.event("build_start")["run_id"]?.text)
                try await Task.sleep(for: .milliseconds(delay))
                let answer = try await play.request("POST", "/v1/runs/\(id)/cancel")
                #expect(answer.status == 0 && answer.stdout.isEmpty, "\(answer.stdout)\(answer.stderr)")
                let onRecord = try await play.request("GET", "/v1/runs/\(id)/events?follow=false")
                let result = try await run.end()
                // Only a run that was over when it was asked to end has another end.
                let wasOver = onRecord.stdout.contains(#""kind":"build_end""#)
                #expect(
                    result.exitCode == 130 || (result.exitCode == 0 && wasOver), "\(delay): \(result.stderr)")
                if result.exitCode == 130 { cancelled += 1 }
                #expect(result.events("build_end").count == 1)
                // The run's request goes right behind the word of its end.
                try await play.awaitNone("cancelled after \(delay) ms") { try await play.leftovers() }
            }
            #expect(cancelled > 0, "every run was over before it was asked to end")
            #expect(try await play.run(quick).exitCode == 0)
        }
    }

    @Test func `is not cancelled by a client that was detached`() async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            let detached = try await play.varve(
                ["run", "-", "--detach"], input: quick)
            #expect(detached.status == 0, "\(detached.stderr)")
            let id = detached.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
            let logs = try await play.varve(["logs", id, "-f"])
            #expect(logs.status == 0 && logs.stdout.contains("quick"), "\(logs.stderr)")
        }
    }

    private let quick = """
        version: 1
        image: busybox
        steps: [{key: quick, run: echo quick, network: none}]
        """
}
