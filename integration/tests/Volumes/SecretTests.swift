import Foundation
import TestSupport
import Testing

@Suite struct `A step's secrets and directories in memory` {
    private let token = "s3cr3t-\(UUID().uuidString)"

    @Test func `reach its process as a file or a variable, and nothing else`() async throws {
        let pipeline = """
            version: 1
            image: busybox
            steps:
              - key: use
                user: builder
                run: |
                  [ "$(cat /run/secrets/token)" = "$TOKEN" ] && [ ${#TOKEN} -gt 20 ] && echo same
                  stat -c '%a %u' /run/secrets/token
                  echo x 2>/dev/null > /run/secrets/token || echo read-only
                  md5sum < /run/secrets/token | cut -c1-8 > made
                mounts: [{secret: token}, {secret: other, env: TOKEN}]
                cache: forever
                network: none
              - {key: after, from: use, run: ls -A /run/secrets /run 2>/dev/null; env, network: none}
            """
        try await Playground.open { play in
            try play.write("a.txt", "a")
            let secrets = ["--secret", "token=env:MINE", "--secret", "other=file:\(play.root)/token"]
            try Data(token.utf8).write(to: URL(fileURLWithPath: play.root + "/token"))
            let run = try await play.run(pipeline, secrets, environment: ["MINE": token])
            #expect(
                run.log(of: "use") == "same\n400 1000\nread-only\n",
                "\(run.stderr) \(run.errorDetail(of: "use"))")
            #expect(!run.log(of: "after").contains("TOKEN") && !run.log(of: "after").contains("secrets"))
            let other = try await play.run(
                pipeline, ["--secret", "token=env:MINE", "--secret", "other=env:MINE"],
                environment: ["MINE": "another"])
            #expect(other.status(of: "use") == "cache_hit", "values are no part of the identity")
            try await eventually("a record of what the step left") {
                try FileManager.default.contentsOfDirectory(atPath: play.store + "/records/snapshot").count
                    > 1
            }
            let found = try await Playground.shell(
                "grep -rlaF '\(token)' store varved.log run /run/varve 2>/dev/null || true", in: play.root)
            #expect(found.stdout == "", "in \(found.stdout)")
            #expect(!run.events.contains { "\($0)".contains(token) })
        }
    }

    @Test func `that a command prints are hidden in its log, also where a restart cuts them apart`()
        async throws
    {
        try await Playground.open { play in
            let gate = StepGate()
            let run = try play.start(
                """
                version: 1
                image: busybox
                steps:
                  - key: s
                    run: |
                      echo "file: $(cat /run/secrets/token), variable: $TOKEN"
                      printf %s "${TOKEN%????}" >&2
                      \(gate.script)
                      echo "${TOKEN#"${TOKEN%????}"}" >&2
                    mounts: [{secret: token}, {secret: other, env: TOKEN}]
                    network: none
                """, ["--secret", "token=env:MINE", "--secret", "other=env:MINE"],
                environment: ["MINE": token])
            try await gate.reached(by: run, in: "s")
            await play.daemon.kill()
            try await play.daemon.start()
            try await gate.open(on: play)
            let result = try await run.end()
            let stars = String(repeating: "*", count: token.utf8.count)
            #expect(
                result.log(of: "s") == "file: \(stars), variable: \(stars)\nwaiting\n\(stars)\n",
                "\(result.stderr)")
            let found = try await Playground.shell(
                "grep -rlaF '\(token)' store varved.log run /run/varve 2>/dev/null || true", in: play.root)
            #expect(found.stdout == "", "in \(found.stdout)")
        }
    }

    @Test func `are refused before anything runs where they are not given`() async throws {
        try await Playground.open { play in
            let missing = try await play.step("true", mounts: "[{secret: token}]")
            #expect(
                missing.exitCode == 7 && missing.stderr.contains("--secret token=env:"), "\(missing.stderr)")
            let value = try await play.varve(
                ["run", "-", "--secret", "token=\(token)"],
                input: "version: 1\nimage: busybox\nsteps: [{key: s, run: 'true'}]")
            #expect(
                value.status == 2 && !value.stderr.contains(token), "a value is no argument: \(value.stderr)")
        }
    }

    @Test func `are as large as they are said to be, empty at the start, and gone at the end`() async throws {
        try await Playground.open { play in
            let mounts = "[{tmpfs: /scratch, size: 1MiB}, {tmpfs: /tmp}, {tmpfs: /workspace/mem}]"
            let script = """
                ls -A /scratch /tmp; stat -c %a /scratch
                dd if=/dev/zero of=/scratch/big bs=64k count=32 2>/dev/null || echo full
                echo x > /tmp/x; echo x > /workspace/mem/x; cat /tmp/x; df -T /workspace/mem | tail -1 | awk '{print $2}'
                """
            let run = try await play.step(script, mounts: mounts)
            #expect(run.exitCode == 0, "\(run.stderr) \(run.errorDetail(of: "s"))")
            #expect(run.log(of: "s").contains("1777\nfull\nx\n"), "\(run.log(of: "s"))")
            let snapshot = try #require(run.events("step_end").first?["snapshot"]?.text)
            let changes = try await play.varve(["snapshot", "changes", snapshot])
            #expect(changes.stdout == "", "\(changes.stdout)")
        }
    }
}
