import Foundation
import Testing

@Suite struct `A volume` {
    private let cache = "[{volume: cache, path: /cache}]"

    @Test
    func
        `has in the next run what the last step that passed left, and no step that did not pass left a trace`()
        async throws
    {
        try await Playground.open { play in
            let first = try await play.step("ls /cache; echo one > /cache/one", mounts: cache)
            #expect(first.exitCode == 0 && first.log(of: "s") == "", "\(first.stderr)")
            #expect(first.volumes(of: "s") == ["empty", "saved"])
            let failed = try await play.step(
                "cat /cache/one; echo x > /cache/bad; rm /cache/one; exit 3", mounts: cache)
            #expect(failed.exitCode == 1 && failed.log(of: "s") == "one\n")
            #expect(failed.volumes(of: "s") == ["attached"])
            let late = try await play.step(
                "echo x > /cache/late; sleep 600", mounts: cache, more: "timeout: 2s")
            #expect(late.status(of: "s") == "timed_out")
            let killed = try await play.step("echo x > /cache/killed; kill -9 $$; sleep 600", mounts: cache)
            #expect(killed.status(of: "s") == "failed")
            let second = try await play.step("ls /cache; cat /cache/one", mounts: cache)
            #expect(second.log(of: "s") == "one\none\n")
            #expect(second.volumes(of: "s") == ["attached", "unchanged"])
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `is in no snapshot, nor its mount point, and what it holds changes no identity`() async throws
    {
        func pipeline(_ key: String) -> String {
            """
            version: 1
            image: busybox
            steps:
              - key: make
                run: date +%s%N > /cache/stamp; mkdir -p /deep/own; echo kept > /kept
                mounts: [{volume: cache, path: /deep/cache, key: '\(key)'}, {volume: other, path: /cache}]
                cache: forever
                network: none
              - key: look
                from: make
                run: for path in /cache /deep/* /kept /base; do if [ -e $path ]; then echo $path; fi; done
                network: none
            """
        }
        try await Playground.open { play in
            let first = try await play.run(pipeline("a"))
            #expect(first.exitCode == 0, "\(first.stderr)")
            #expect(first.log(of: "look") == "/deep/own\n/kept\n")
            let second = try await play.run(pipeline("b"))
            #expect(second.status(of: "make") == "cache_hit", "neither content nor key is part of it")
            let other = try await play.run(pipeline("b").replacing("path: /cache", with: "path: /cache2"))
            #expect(other.reason(of: "make") == "identity-changed")
        }
    }

    @Test func `belongs to its workspace, and an untrusted run reads it and leaves nothing`() async throws {
        try await Playground.open { play in
            _ = try await play.step("echo one > /cache/one", mounts: cache, ["--workspace", "a"])
            let other = try await play.step("ls /cache", mounts: cache, ["--workspace", "b"])
            #expect(other.log(of: "s") == "")
            let fork = try await play.step(
                "ls /cache; echo bad > /cache/bad; rm /cache/one", mounts: cache,
                ["--workspace", "a", "--untrusted"])
            #expect(fork.log(of: "s") == "one\n" && fork.volumes(of: "s") == ["attached", "unchanged"])
            #expect(fork.volumeDetails(of: "s").last?.contains("untrusted") == true)
            let after = try await play.step("ls /cache", mounts: cache, ["--workspace", "a"])
            #expect(after.log(of: "s") == "one\n")
        }
    }

    @Test func `is only read with write never, and belongs to the step's user where it is new`() async throws
    {
        try await Playground.open { play in
            _ = try await play.step("echo one > /cache/one", mounts: cache, more: "user: builder")
            let read = try await play.step(
                "stat -c %u /cache; echo two > /cache/two; ls /cache",
                mounts: "[{volume: cache, path: /cache, write: never}]", more: "user: builder")
            #expect(read.exitCode == 0 && read.log(of: "s") == "1000\none\ntwo\n", "\(read.log(of: "s"))")
            #expect(read.volumes(of: "s") == ["attached", "unchanged"])
            let after = try await play.step("ls /cache", mounts: cache)
            #expect(after.log(of: "s") == "one\n")
        }
    }

    @Test func `can lie in the workspace, and is then no part of any delta`() async throws {
        let mounts = "[{volume: target, path: /workspace/build/target}]"
        try await Playground.open { play in
            try play.write("a.txt", "source\n")
            let first = try await play.step(
                "echo object > build/target/a.o; echo out > build/out", mounts: mounts)
            #expect(first.exitCode == 0, "\(first.stderr)")
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - key: s
                    run: cat build/target/a.o a.txt; echo new > build/target/b.o
                    mounts: \(mounts)
                    network: none
                    cache: forever
                  - {key: after, from: s, run: find . | sort, network: none}
                """
            let second = try await play.run(pipeline)
            #expect(second.log(of: "s") == "object\nsource\n", "\(second.stderr)")
            #expect(second.log(of: "after") == ".\n./a.txt\n")
            try play.write("build/x.txt", "x\n")
            let third = try await play.run(pipeline)
            #expect(
                third.statuses == ["s": "cache_hit", "after": "passed"], "an edit beside it is no conflict")
            #expect(third.log(of: "after") == ".\n./a.txt\n./build\n./build/x.txt\n")
            let readOnly = try await play.step(
                "true", mounts: "[{volume: t, path: /workspace/none}]", more: "workspace: read-only")
            #expect(readOnly.error(of: "s") == "mount-failed")
            #expect(readOnly.errorDetail(of: "s").contains("volume t"), "\(readOnly.errorDetail(of: "s"))")
        }
    }

    @Test func `survives a daemon that is killed while its step runs, and is saved by the next`() async throws
    {
        try await Playground.open { play in
            let gate = StepGate()
            let running = try play.start(
                """
                version: 1
                image: busybox
                steps:
                  - key: s
                    run: echo before > /cache/before; \(gate.script); echo after > /cache/after; tr a-z A-Z < /run/secrets/key
                    network: none
                    mounts: [{volume: cache, paths: [/cache, /db]}, {secret: key}, {tmpfs: /t}]
                """, ["--secret", "key=env:KEY"], environment: ["KEY": "open sesame"])
            try await gate.reached(by: running, in: "s")
            await play.daemon.kill()
            try await play.daemon.start()
            try await gate.open(on: play)
            let run = try await running.end()
            #expect(run.status(of: "s") == "passed", "\(run.stderr)")
            #expect(run.log(of: "s").hasSuffix("OPEN SESAME\n"), "the secret is still there")
            #expect(run.volumes(of: "s") == ["empty", "saved"])
            let after = try await play.step(
                "ls /cache", mounts: "[{volume: cache, paths: [/db, /cache]}]")
            #expect(after.log(of: "s") == "after\nbefore\n")
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    @Test func `is listed, looked into, emptied and removed`() async throws {
        try await Playground.open { play in
            _ = try await play.step(
                "dd if=/dev/zero of=/cache/x bs=64k count=4 2>/dev/null",
                mounts: "[{volume: a/b, path: /cache, key: k1}]", ["--workspace", "w"])
            _ = try await play.step(
                "echo x > /cache/y", mounts: "[{volume: a/b, path: /cache}]", ["--workspace", "w"])
            let volumes = try await play.volumes()
            #expect(volumes.count == 1 && volumes[0]["name"] == "a/b" && volumes[0]["workspace"] == "w")
            let shown = try await play.varve(["volume", "inspect", "a/b", "--workspace", "w"])
            #expect(shown.stdout.contains("k1") && shown.stdout.contains("/cache"), "\(shown.stdout)")
            let usage = try await play.varve(["du"])
            #expect(usage.stdout.contains("volumes"), "\(usage.stdout)")
            guard case .array(let versions)? = volumes[0]["versions"],
                case .object(let first)? = versions.last,
                let id = first["id"]?.text
            else {
                Issue.record("no versions: \(volumes)")
                return
            }
            #expect(versions.count == 2)
            let one = try await play.varve(["volume", "rm", "a/b", "--workspace", "w", "--version-id", id])
            #expect(one.status == 0, "\(one.stderr)")
            let again = try await play.varve(["volume", "rm", "a/b", "--workspace", "w", "--version-id", id])
            #expect(again.status == 5 && again.stderr.contains("not-found"))
            let still = try await play.step(
                "ls /cache", mounts: "[{volume: a/b, path: /cache}]", ["--workspace", "w"])
            #expect(still.log(of: "s") == "x\ny\n", "what another version stands on stays")
            #expect(try await play.varve(["volume", "clear", "a/b", "--workspace", "w"]).status == 0)
            let cleared = try await play.step(
                "ls /cache", mounts: "[{volume: a/b, path: /cache}]", ["--workspace", "w"])
            #expect(cleared.log(of: "s") == "" && cleared.volumes(of: "s").first == "empty")
            #expect(try await play.varve(["volume", "rm", "a/b", "--workspace", "w"]).status == 0)
            #expect(try await play.volumes().isEmpty)
            let unknown = try await play.varve(["volume", "inspect", "a/b", "--workspace", "w"])
            #expect(unknown.status == 5 && unknown.stderr.contains("varve volume list"))
        }
    }
}
