import Foundation
import Testing

/// schemathesis 4.32.5 from PyPI asks a live daemon whatever `docs/openapi.yaml` allows, and what it does not.
@Suite struct `The API as docs/openapi.yaml describes it` {
    @Test func `is what the daemon has, whatever is asked of it`() async throws {
        try await Playground.open { play in
            let program = try await install(play)
            try await play.openContent { content in
                try content.configuration.write(
                    toFile: play.root + "/schemathesis.toml", atomically: true, encoding: .utf8)
                try Content.hooks.write(
                    toFile: play.root + "/hooks.py", atomically: true, encoding: .utf8)
                try await SocketBridge.open(play.socket, view: play.project) { port in
                    let run = try await runProgram(
                        "timeout",
                        [
                            "400", program, "--config-file", play.root + "/schemathesis.toml", "run",
                            description, "--url", "http://127.0.0.1:\(port)",
                            "--phases", "examples,coverage,fuzzing", "--max-examples", "6", "--seed", "20",
                            "--generation-database", "none", "--continue-on-failure", "--no-color",
                            "--request-timeout", "60", "--checks",
                            "not_a_server_error,status_code_conformance,content_type_conformance,"
                                + "response_schema_conformance,negative_data_rejection",
                        ], in: play.root)
                    #expect(run.status == 0, "\(run.stdout.suffix(20_000))\(run.stderr.suffix(2_000))")
                    // All were asked, not only those that something was known of.
                    #expect(run.stdout.contains("Selected: 41/41") && run.stdout.contains("Tested: 41"))
                }
                let health = try await play.request("GET", "/v1/health")
                #expect(health.stdout.contains("\"status\":\"ok\""), "\(health.stdout)")
                // Things that are there were asked about, and survived it.
                #expect(try await play.request("GET", "/v1/runs/\(content.run)").stdout.contains("passed"))
                #expect(
                    try await play.request("GET", "/v1/snapshots/\(content.pinned)").stdout.contains("facts"))
            }
        }
    }

    private var description: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path + "/docs/openapi.yaml"
    }

    /// - Returns: the program. What generates its cases is pinned too: a seed means the same cases with the same version only.
    private func install(_ play: Playground) async throws -> String {
        let folder = play.root + "/python"
        let made = try await runProgram("python3", ["-m", "venv", folder])
        try #require(made.status == 0, "\(made.stdout)\(made.stderr)")
        let installed = try await runProgram(
            folder + "/bin/pip", ["install", "--quiet", "schemathesis==4.32.5", "hypothesis==6.170.15"])
        try #require(installed.status == 0, "\(installed.stderr)")
        return folder + "/bin/schemathesis"
    }
}

/// Something of every kind in a daemon, to be asked about.
private struct Content: Sendable {
    let run: String
    /// A snapshot that stays.
    let pinned: String
    let snapshot: String
    let lease: String

    /// What it sends where nothing but an archive is taken: any bytes.
    static let hooks = """
        import schemathesis

        @schemathesis.serializer("application/x-tar", "application/x-tar+gzip", "application/x-tar+zstd")
        def archive(ctx, value):
            return value if isinstance(value, bytes) else str(value).encode()
        """

    /// What schemathesis uses for the identifiers it can't guess, operation by operation.
    var configuration: String {
        let values: [(String, [(String, String)])] = [
            ("GET /v1/images/{name}", [("name", "busybox")]),
            ("GET /v1/workspaces/{name}/revisions", [("name", "project")]),
            ("GET /v1/runs/{id}", [("id", run)]),
            ("GET /v1/runs/{id}/events", [("id", run), ("follow", "false")]),
            ("POST /v1/runs/{id}/cancel", [("id", run)]),
            ("GET /v1/snapshots/{id}", [("id", pinned)]),
            ("GET /v1/snapshots/{id}/changes", [("id", pinned)]),
            ("GET /v1/snapshots/{id}/files", [("id", pinned)]),
            ("POST /v1/snapshots/{id}/pin", [("id", pinned)]),
            ("POST /v1/snapshots/{id}/unpin", [("id", snapshot)]),
            ("GET /v1/leases/{id}", [("id", lease)]),
            ("POST /v1/leases/{id}/renew", [("id", lease)]),
        ]
        return "hooks = \"hooks.py\"\n\n"
            + values.map { operation, parameters in
                let table = parameters.map { "\"\($0.0)\" = \"\($0.1)\"" }.joined(separator: ", ")
                return "[[operations]]\ninclude-name = \"\(operation)\"\nparameters = { \(table) }\n"
            }.joined(separator: "\n")
    }
}

extension Playground {
    /// Fills the daemon, and gives the lease back at the end.
    fileprivate func openContent(_ body: (Content) async throws -> Void) async throws {
        try write("source.txt", "1\n")
        let pipeline = """
            version: 1
            image: busybox
            steps:
              - {key: base, run: cp source.txt made.txt, cache: forever, network: none}
              - {key: next, from: base, run: echo next > /next, cache: forever, network: none}
            """
        let first = try await run(pipeline, ["--workspace", "project"])
        let second = try await run(pipeline, ["--workspace", "project"])
        try #require(second.status(of: "next") == "cache_hit", "\(first.stderr)\(second.stderr)")
        func snapshot(_ step: String) throws -> String {
            try #require(second.events("step_cache_hit", of: step).first?["snapshot"]?.text)
        }
        let pinned = try snapshot("base")
        _ = try await request("POST", "/v1/snapshots/\(pinned)/pin")
        // What the examples of the description name, as a caller sees it whose root the project is.
        try write("home/me/project/source.txt", "2\n")
        try FileManager.default.createDirectory(
            atPath: project + "/srv/images", withIntermediateDirectories: true)
        try await Busybox.makeRoot(project + "/srv/images/base")
        let leases = LeaseClient(play: self)
        let lease = try await leases.lease("true", more: ", \"ttl_seconds\": 3600")
        try #require(lease.status == 201, "\(lease.body)")
        let content = Content(
            run: second.id, pinned: pinned, snapshot: try snapshot("next"), lease: lease["id"])
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(content)) } catch { outcome = .failure(error) }
        // Nothing of a lease ends with the daemon; those of the requests go too.
        let left = try await leases.send("GET", "/v1/leases?limit=1000&scope=all")
        if case .array(let items)? = left.body["items"] {
            for item in items {
                if case .object(let members) = item, let id = members["id"]?.text {
                    _ = try await leases.discard(id, force: true)
                }
            }
        }
        try outcome.get()
    }
}
