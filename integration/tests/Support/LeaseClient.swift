import Foundation
import Testing

/// Asks for leases as a runner host does: by curl on the socket.
struct LeaseClient: Sendable {
    let play: Playground

    /// What an answer said, with its status.
    struct Reply: Sendable {
        let status: Int
        let body: [String: JSON]

        var code: String { body["code"]?.text ?? "" }

        subscript(member: String) -> String { body[member]?.text ?? "" }
    }

    func send(_ method: String, _ path: String, _ body: String? = nil) async throws -> Reply {
        let output = try await play.request(method, path, body: body, ["-w", "\n%{http_code}"])
        let last = try #require(output.lines.last, "\(output.stderr)")
        let (status, text) = (Int(last) ?? 0, output.lines.dropLast().joined(separator: "\n"))
        return Reply(
            status: status,
            body: text.isEmpty ? [:] : try JSONDecoder().decode([String: JSON].self, from: Data(text.utf8)))
    }

    /// Takes a lease on a step of the busybox image.
    func lease(
        _ command: String, key: String = "step", cache: String = "\"forever\"", parent: String? = nil,
        limits: String? = nil, more: String = "", mounts: String? = nil
    ) async throws -> Reply {
        let base = parent.map { "\"parent\": \"\($0)\"" } ?? "\"image\": \"busybox\""
        let limits = limits.map { ", \"limits\": \($0)" } ?? ""
        let mounts = mounts.map { ", \"mounts\": \($0)" } ?? ""
        return try await send(
            "POST", "/v1/leases",
            """
            {"step": {"key": "\(key)", "cmd": "\(command)", \(base), "cache": \(cache), "network": "none"\(limits)\(mounts)},
             "workspace": "project"\(more)}
            """)
    }

    func commit(_ id: String, exitCode: Int = 0) async throws -> Reply {
        try await send("POST", "/v1/leases/\(id)/commit", "{\"exit_code\": \(exitCode)}")
    }

    func discard(_ id: String, force: Bool = false) async throws -> Reply {
        try await send("DELETE", "/v1/leases/\(id)" + (force ? "?force=true" : ""))
    }

    /// Registers the project's present state as a revision of the workspace `project`.
    func register() async throws {
        let reply = try await send(
            "POST", "/v1/workspaces/project/revisions", "{\"path\": \"\(play.project)\"}")
        try #require(reply.status == 201, "\(reply.body)")
    }

    /// Runs the command of a lease's bundle, unchanged, by an OCI runtime.
    func run(_ lease: Reply) async throws -> Output {
        // A runtime of another kind than the daemon's; it takes hybrid control groups too.
        try await runProgram("runc", ["run", "--bundle", lease["bundle"], "test-\(lease["id"])"])
    }
}

/// A daemon with a workspace `project` in which `a.txt` says `source`.
func withLeases(_ body: (LeaseClient) async throws -> Void) async throws {
    try await Playground.open { play in
        try play.write("a.txt", "source\n")
        let leases = LeaseClient(play: play)
        try await leases.register()
        try await body(leases)
    }
}
