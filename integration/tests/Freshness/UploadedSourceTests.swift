import Foundation
import Testing

/// Sources of another machine, which come as archives through the socket alone.
@Suite struct `A source that is uploaded` {
    private let pipeline = """
        version: 1
        image: make
        steps:
          - {key: build, run: make, cache: forever, network: none}
          - {key: test, from: build, run: make && cat program && cat ignored.log, network: none}
        """

    /// Uploads the project with all times zero, and runs the pipeline on what came of it.
    private func upload(
        _ play: Playground, _ type: String, _ program: String
    ) async throws -> (revision: [String: JSON], run: RunResult) {
        try await play.shell("tar --mtime=@0 -cf - . | \(program) > ../source.tar")
        let answer = try await play.request(
            "POST", "/v1/workspaces/uploaded/revisions", body: nil,
            ["-H", "Content-Type: \(type)", "-T", play.root + "/source.tar"])
        let revision = try JSONDecoder().decode([String: JSON].self, from: Data(answer.stdout.utf8))
        let digest = try #require(revision["digest"]?.text, "\(answer.stdout) \(answer.stderr)")
        let text = try #require(
            String(data: try JSONEncoder().encode([pipeline]), encoding: .utf8)?.dropFirst().dropLast())
        let created = try await play.request(
            "POST", "/v1/runs",
            body: "{\"pipeline\": \(text), \"workspace\": \"uploaded\", \"revision\": \"\(digest)\"}")
        let run = try JSONDecoder().decode([String: JSON].self, from: Data(created.stdout.utf8))
        let id = try #require(run["id"]?.text, "\(created.stdout)")
        return (revision, try RunResult(try await play.request("GET", "/v1/runs/\(id)/events")))
    }

    @Test func `reaches the steps behind a cached make, although all its times are zero`() async throws {
        try await Playground.open { play in
            try await play.importMake()
            try play.write("Makefile", "program: main.src\n\tcp main.src program\n")
            try play.write("main.src", "one\n")
            try play.write(".gitignore", "*.log\n")
            try play.write("ignored.log", "all of it\n")
            let first = try await upload(play, "application/x-tar", "cat")
            #expect(first.run.statuses == ["build": "passed", "test": "passed"], "\(first.run.events)")
            #expect(first.run.log(of: "test").hasSuffix("one\nall of it\n"))
            // As long as before: neither size nor time tell.
            try play.write("main.src", "two\n")
            let second = try await upload(play, "application/x-tar+gzip", "gzip")
            #expect(second.run.statuses == ["build": "cache_hit", "test": "passed"], "\(second.run.events)")
            #expect(second.run.log(of: "test").hasSuffix("two\nall of it\n"), "\(second.run.log(of: "test"))")
            try play.write("main.src", "one\n")
            let third = try await upload(play, "application/x-tar+zstd", "zstd -q")
            #expect(third.revision["digest"] == first.revision["digest"])
            #expect(third.run.statuses == ["build": "cache_hit", "test": "passed"])
            #expect(third.run.log(of: "test").hasSuffix("one\nall of it\n"), "\(third.run.log(of: "test"))")
            // The same once more is no new revision.
            let fourth = try await upload(play, "application/x-tar+zstd", "zstd -q")
            #expect(fourth.revision["digest"] == first.revision["digest"])
            #expect(fourth.revision["copied"] == .number(0))
            let spool = try FileManager.default.contentsOfDirectory(atPath: play.store + "/spool")
            #expect(spool.isEmpty)
        }
    }
}
