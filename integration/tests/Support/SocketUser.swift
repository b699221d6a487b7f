import Foundation
import Testing

/// Somebody who sends requests to a daemon's socket by curl: a user of the host, perhaps through a program that
/// changes what he sees or may do.
struct SocketUser: Sendable {
    let socket: String
    /// Put before curl, as `setpriv …`; empty for the test's own user, root.
    var wrapper: [String] = []

    /// A user with just these groups.
    static func user(_ uid: Int, groups: [String], on socket: String) -> SocketUser {
        let list = groups.isEmpty ? "--clear-groups" : "--groups=" + groups.joined(separator: ",")
        return SocketUser(
            socket: socket, wrapper: ["setpriv", "--reuid=\(uid)", "--regid=\(uid)", list])
    }

    struct Reply: Sendable {
        /// 0 when there was none.
        let status: Int
        let text: String

        /// A member of the object that came, as text.
        subscript(member: String) -> String { object[member]?.text ?? "" }

        var object: [String: JSON] {
            (try? JSONDecoder().decode([String: JSON].self, from: Data(text.utf8))) ?? [:]
        }
    }

    /// The answer to one request.
    func send(_ method: String, _ path: String, _ body: String? = nil) async throws -> Reply {
        let sent = body.map { ["-H", "Content-Type: application/json", "--data-binary", $0] } ?? []
        let curl =
            [
                "curl", "-s", "--max-time", "120", "--unix-socket", socket, "-X", method, "-w",
                "\n%{http_code}",
            ] + sent + ["http://varve" + path]
        return try await reply(wrapper + curl)
    }

    /// The answer to a request with a file as its body; what comes is thrown away.
    func upload(_ file: String, as type: String, _ method: String, _ path: String) async throws -> Reply {
        try await reply(
            wrapper + [
                "curl", "-s", "--max-time", "120", "--unix-socket", socket, "-X", method, "-o", "/dev/null",
                "-w",
                "\n%{http_code}", "-H", "Content-Type: \(type)", "--data-binary", "@\(file)",
                "http://varve" + path,
            ])
    }

    /// The status of the answer to a request whose body is no text.
    func download(_ path: String) async throws -> Reply {
        try await reply(
            wrapper + [
                "curl", "-s", "--max-time", "120", "--unix-socket", socket, "-o", "/dev/null", "-w",
                "\n%{http_code}", "http://varve" + path,
            ])
    }

    /// What a command prints: a text, and a status in a line of its own.
    private func reply(_ command: [String]) async throws -> Reply {
        let output = try await runProgram(command[0], Array(command.dropFirst()))
        let parts = output.stdout.split(separator: "\n", omittingEmptySubsequences: false)
        return Reply(
            status: Int(parts.last ?? "") ?? 0, text: parts.dropLast().joined(separator: "\n"))
    }

    /// Asks for a switch to the stream of a shell, and leaves as soon as there is an answer.
    func openShell(_ path: String, _ body: String) async throws -> Reply {
        let program = """
            import socket, sys
            path, target, body = sys.argv[1], sys.argv[2], sys.argv[3].encode()
            head = [f"POST {target} HTTP/1.1", "Host: varve", "Connection: Upgrade", "Upgrade: varve-shell",
                    "Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(120)
                peer.connect(path)
                peer.sendall("\\r\\n".join(head).encode() + body)
                answer = peer.makefile("rb")
                status = answer.readline().split()[1].decode()
                while answer.readline().strip():
                    pass
                print("" if status == "101" else answer.read1().decode())
                print(status, end="")
            """
        return try await reply(wrapper + ["/usr/bin/python3", "-c", program, socket, path, body])
    }

    /// Registers a directory, named as the caller sees it, as a revision of a workspace.
    func register(_ workspace: String, _ path: String, scope: String = "") async throws -> Reply {
        try await send(
            "POST", "/v1/workspaces/\(workspace)/revisions\(scope)", "{\"path\": \"\(path)\"}")
    }

    func importImage(_ name: String, _ source: String) async throws -> Reply {
        try await send("POST", "/v1/images", "{\"name\": \"\(name)\", \"source\": \"\(source)\"}")
    }
}
