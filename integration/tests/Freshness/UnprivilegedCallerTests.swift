import Foundation
import Testing

/// A user without privileges who is a member of the socket's group: the daemon reads and writes his directory
/// with his rights, although it runs as root.
@Suite struct `A member of the socket's group` {
    private let user = 12345
    /// In every Debian, and used by nothing.
    private let group = "games"

    private func run(_ pipeline: String, on play: Playground) async throws -> RunResult {
        let output = try await runProgram(
            "setpriv",
            [
                "--reuid=\(user)", "--regid=\(user)", "--groups=\(group)", Programs.varve, "run", "-",
                "--format", "json",
            ], in: play.project, environment: ["VARVE_SOCKET": play.socket], input: pipeline)
        return try RunResult(output)
    }

    @Test func `is told which file he can't read, and runs without it`() async throws {
        try await Playground.open { play in
            await play.daemon.stop()
            try await play.daemon.start(["--group", group])
            try play.write("a.txt", "text\n")
            try play.write("deep/secret.key", "secret", mode: 0o600)
            try await play.shell("chown \(user):\(user) . a.txt deep; chmod 755 ..")
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - {key: show, run: 'cat a.txt | tee made; ls', network: none, outputs: [made]}
                """
            let refused = try await run(pipeline, on: play)
            #expect(refused.exitCode == 5)
            #expect(refused.stderr.contains("error[workspace-unreadable]"), "\(refused.stderr)")
            #expect(refused.stderr.contains("deep/secret.key"), "\(refused.stderr)")
            #expect(refused.statuses.isEmpty, "nothing may run on a part of the source")

            try play.remove("deep/secret.key")
            let run = try await run(pipeline, on: play)
            #expect(run.exitCode == 0, "\(run.stderr)")
            #expect(run.log(of: "show") == "text\na.txt\ndeep\nmade\n")
            let owner = try await play.shell("stat -c %u made")
            #expect(owner.stdout == "\(user)\n", "an output belongs to the one who ran")
        }
    }
}
