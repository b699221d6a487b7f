import Foundation
import Model
import Server
import TestSupport
import Testing

@Suite struct `Connections` {
    @Test func `beyond what there may be are told so`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.connections = 0
        configuration.limits.connectionsOfOneUser = 0
        try await ServerFixture.serve(configuration) { fixture in
            // Root has 64 of its own.
            var held: [RawConnection] = []
            for _ in 0..<64 { held.append(try await RawConnection.open(fixture.socket)) }
            // The last of them answers, so all were taken in.
            try await held[63].send("GET /v1/info HTTP/1.1\r\nHost: varve\r\n\r\n")
            #expect(try await held[63].receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
            let connection = try await RawConnection.open(fixture.socket)
            #expect(try await connection.receive().isEmpty)
        }
    }

    @Test func `are kept for several requests, and closed when they are silent`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.idle = .seconds(3)
        try await ServerFixture.serve(configuration) { fixture in
            let connection = try await RawConnection.open(fixture.socket)
            for _ in 0..<3 {
                try await connection.send("GET /v1/info HTTP/1.1\r\nHost: varve\r\n\r\n")
                #expect(try await connection.receive(until: "api_versions").hasPrefix("HTTP/1.1 200 "))
            }
            #expect(try await connection.receive().isEmpty)
            let slow = try await RawConnection.open(fixture.socket)
            try await slow.send("GET /v1/info HTTP/1.1\r\nHost:")
            #expect(try await slow.receive().isEmpty)
        }
    }

    @Test func `whose head comes byte by byte are closed all the same`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.idle = .seconds(2)
        try await ServerFixture.serve(configuration) { fixture in
            let slow = try await RawConnection.open(fixture.socket)
            try await slow.send("GET /v1/info HTTP/1.1\r\nHost: varve\r\nX-Slow: ")
            // Each byte comes long before the connection would count as silent.
            let drip = Task {
                while !Task.isCancelled {
                    try await slow.send("x")
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            defer { drip.cancel() }
            // Fails after two minutes without an end.
            #expect(try await slow.receive().isEmpty)
        }
    }

    @Test func `of a user with too many are refused, and root and others are served however many he opens`()
        async throws
    {
        // Opens connections as user and group 47110, says how each was answered, and holds them; then many more on
        // which nothing is said, so that they are not told at once; and asks as another user.
        let script = """
            import os, resource, socket, sys
            path, result = sys.argv[1:]
            _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
            held, answers = [], []
            def opened():
                held.append(socket.socket(socket.AF_UNIX))
                held[-1].connect(path)
                return held[-1]
            def answer():
                one = opened()
                one.sendall(b"GET /v1/info HTTP/1.1\\r\\nHost: varve\\r\\n\\r\\n")
                return one.recv(12).decode()[-3:]
            os.setegid(47110)
            os.seteuid(47110)
            for _ in range(300):
                answers.append(answer())
            for _ in range(min(2500, most - 400)):
                opened()
            os.seteuid(0)
            os.seteuid(47111)
            other = answer()
            os.seteuid(0)
            with open(result + ".new", "w") as file:
                file.write("%d %d %s" % (answers.count("200"), answers.count("429"), other))
            os.rename(result + ".new", result)
            sys.stdin.read()
            """
        try await ServerFixture.serve(group: "47110") { fixture in
            // The way to the socket must be open to others.
            for directory in [fixture.root, fixture.root + "/socket"] {
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
            }
            let result = fixture.root + "/answers"
            let user = try Child(["python3", "-c", script, fixture.socket, result])
            try await eventually("the user's answers") { FileManager.default.fileExists(atPath: result) }
            #expect(try String(contentsOfFile: result, encoding: .utf8) == "256 44 200")
            #expect(try await fixture.request("GET", "/v1/info").status == 200)
            user.end()
        }
    }

    @Test func `a client is asked for its body when it waits for that`() async throws {
        try await ServerFixture.serve { fixture in
            let connection = try await RawConnection.open(fixture.socket)
            try await connection.send(
                "POST /v1/plans HTTP/1.1\r\nHost: varve\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            _ = try await connection.receive(until: "HTTP/1.1 100 Continue")
            try await connection.send("{}")
            #expect(try await connection.receive(until: "\r\n\r\n").contains("400 Bad Request"))
        }
    }

    @Test(arguments: [
        "GET /v1/info HTTP/1.1\r\nHost: varve\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "CONNECT varve:80 HTTP/1.1\r\nHost: varve\r\n\r\n",
        "POST /v1/shells HTTP/1.1\r\nHost: varve\r\nConnection: Upgrade\r\nUpgrade: varve-shell\r\n"
            + "Content-Length: 2\r\n\r\n{}",
    ])
    func `over which another protocol was offered end with the answer, and what follows is not kept`(
        _ request: String
    ) async throws {
        try await ServerFixture.serve { fixture in
            let connection = try await RawConnection.open(fixture.socket)
            try await connection.send(request)
            let taken = try await connection.send([UInt8](repeating: UInt8(ascii: "x"), count: 64 << 20))
            #expect(taken < 8 << 20)
            let reply = try await connection.reply()
            #expect(reply.isWhole && reply.headers["connection"] == "close", "\(reply)")
        }
    }

    @Test func `of readers who take nothing of an answer are closed, whatever its kind and size`()
        async throws
    {
        let run = "0000000000000001"
        var configuration = ServerConfiguration()
        configuration.limits.writeDeadline = .milliseconds(300)
        configuration.limits.idle = .seconds(2)
        let events = try (0..<5000).map { index in
            Event.Kind.stepEnd(.init(step: try ServerFixture.step("step-\(index)"), status: .passed))
        }
        try await ServerFixture.serve(
            configuration, prepare: { try await ServerFixture.addRun(run, events: events, to: $0) }
        ) { fixture in
            func ask(_ request: String) async throws -> RawConnection {
                let connection = try await RawConnection.open(fixture.socket)
                try await connection.send(request)
                return connection
            }
            // More than the socket and the daemon's own buffers hold, one behind the other.
            let whole = "GET /v1/runs/\(run) HTTP/1.1\r\nHost: varve\r\n\r\n"
            var readers = [try await ask(String(repeating: whole, count: 8))]
            // Of every size around what fits.
            for after in stride(from: 0, to: events.count, by: 200) {
                let path = "/v1/runs/\(run)/events?follow=false&after=\(after)"
                for fields in ["Host: varve", "Host: varve\r\nConnection: Upgrade\r\nUpgrade: other"] {
                    readers.append(try await ask("GET \(path) HTTP/1.1\r\n\(fields)\r\n\r\n"))
                }
            }
            try await eventually("only the asking connection") {
                try await fixture.request("GET", "/metrics").text.contains("varve_http_connections 1\n")
            }
            withExtendedLifetime(readers) {}
        }
    }

    @Test func `are not taken any more once the server is asked, and its file is gone`() async throws {
        try await ServerFixture.serve { fixture in
            let open = try await RawConnection.open(fixture.socket)
            // Taken in, so that it outlives the listening socket.
            try await open.send("GET /v1/info HTTP/1.1\r\nHost: varve\r\n\r\n")
            _ = try await open.receive(until: "api_versions")
            fixture.server.stopAccepting()
            #expect(!FileManager.default.fileExists(atPath: fixture.socket))
            try await open.send(HTTPReply.request("GET", "/v1/info"))
            #expect(try await open.reply().status == 200)
        }
    }
}
