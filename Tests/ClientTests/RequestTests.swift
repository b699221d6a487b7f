import API
import Client
import Glibc
import Model
import NIOCore
import Synchronization
import TestSupport
import Testing

@Suite struct RequestTests {
    private let health = #"{"status":"ok","findings":[]}"#

    @Test func `a request names method, path, and what it accepts, and is answered`() async throws {
        try await ScriptedDaemon.run([.answer("200 OK", health)]) { daemon in
            let answer = try await VarveClient(socket: daemon.socket).health()
            #expect(answer == Wire.Health(status: .ok, findings: []))
            let request = try #require(daemon.requests.first)
            #expect(request.hasPrefix("GET /v1/health HTTP/1.1\r\n"))
            #expect(request.contains("accept: application/json\r\n"))
        }
    }

    @Test func `a body goes up as JSON with an idempotency key`() async throws {
        let run =
            #"{"id":"r1","status":"queued","created_at":"2026-01-01T00:00:00Z","executed":0,"cache_hits":0}"#
        try await ScriptedDaemon.run([.answer("201 Created", run)]) { daemon in
            let request = Wire.RunRequest(pipeline: .text("version: 1"), workspace: "w")
            let created = try await VarveClient(socket: daemon.socket).createRun(request)
            #expect(created.id == "r1")
            let sent = try #require(daemon.requests.first)
            #expect(sent.hasPrefix("POST /v1/runs HTTP/1.1\r\n"))
            #expect(sent.lowercased().contains("idempotency-key: "))
            #expect(sent.hasSuffix(#"{"pipeline":"version: 1","workspace":"w"}"#))
        }
    }

    @Test func `a creating request whose answer is lost is repeated once under the same key`() async throws {
        let run =
            #"{"id":"r1","status":"queued","created_at":"2026-01-01T00:00:00Z","executed":0,"cache_hits":0}"#
        try await ScriptedDaemon.run([Script(""), .answer("201 Created", run)]) { daemon in
            let request = Wire.RunRequest(pipeline: .text("version: 1"))
            let created = try await VarveClient(socket: daemon.socket).createRun(request)
            #expect(created.id == "r1")
            #expect(daemon.requests.count == 2)
            #expect(daemon.requests.first == daemon.requests.last)
        }
    }

    @Test func `a workspace goes up as a stream of chunks, said to be packed as it is`() async throws {
        let revision =
            #"{"digest":"\#(String(repeating: "ab", count: 32))","files":1,"bytes":2,"created_at":"2026-01-01T00:00:00Z"}"#
        try await ScriptedDaemon.run([.answer("201 Created", revision)]) { daemon in
            let chunks = Mutex(["one", "two"])
            let created = try await VarveClient(socket: daemon.socket).createRevision(
                of: ResourceName("w/x", kind: "workspace"),
                tar: { chunks.withLock { $0.isEmpty ? nil : ByteBuffer(string: $0.removeFirst()) } },
                type: MediaType.zstandardTar)
            #expect(created.files == 1)
            let sent = try #require(daemon.requests.first)
            #expect(sent.hasPrefix("POST /v1/workspaces/w%2Fx/revisions HTTP/1.1\r\n"))
            #expect(sent.lowercased().contains("content-type: application/x-tar+zstd\r\n"))
            #expect(sent.lowercased().contains("transfer-encoding: chunked\r\n"))
            #expect(sent.hasSuffix("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
        }
    }

    private typealias Script = ScriptedDaemon.Script

    @Test func `a problem of the daemon is thrown as the failure it describes`() async throws {
        let problem =
            #"{"type":"about:blank","title":"Conflict","status":409,"detail":"it has 2","#
            + #""code":"has-children","fix":"remove them first"}"#
        try await ScriptedDaemon.run([.answer("409 Conflict", type: "application/problem+json", problem)]) {
            daemon in
            let failure = await #expect(throws: Failure.self) {
                try await VarveClient(socket: daemon.socket).deleteSnapshot("s", recursively: false)
            }
            #expect(failure == Failure(.hasChildren, "it has 2", fix: "remove them first"))
        }
    }

    @Test func `an error without an explanation names its status`() async throws {
        try await ScriptedDaemon.run([.answer("502 Bad Gateway", type: "text/html", "<h1>no</h1>")]) {
            daemon in
            let failure = await #expect(throws: Failure.self) {
                try await VarveClient(socket: daemon.socket).info()
            }
            #expect(failure?.code == .internalError)
            #expect(failure?.detail.contains("502") == true)
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        "nonsense\r\n\r\n",
    ])
    func `a daemon that ends the connection early is unreachable`(_ bytes: String) async throws {
        try await ScriptedDaemon.run([Script(bytes)]) { daemon in
            let failure = await #expect(throws: Failure.self) {
                try await VarveClient(socket: daemon.socket).health()
            }
            #expect(failure?.code == .unreachable)
        }
    }

    @Test func `a cancel reaches a daemon that is restarted meanwhile, and no other refusal is asked again`()
        async throws
    {
        func problem(_ status: Int, _ code: String) -> Script {
            .answer(
                "\(status) No", type: "application/problem+json",
                #"{"type":"about:blank","title":"","status":\#(status),"detail":"d","code":"\#(code)","fix":"f"}"#
            )
        }
        let stopping = [Script(""), problem(503, "shutting-down")]
        try await ScriptedDaemon.run(stopping + [.answer("202 Accepted", "")]) { daemon in
            try await VarveClient(socket: daemon.socket).cancelRunPatiently("r1")
            #expect(daemon.requests.count == 3)
            #expect(daemon.requests.allSatisfy { $0.hasPrefix("POST /v1/runs/r1/cancel ") })
        }
        try await ScriptedDaemon.run([problem(404, "not-found"), .answer("202 Accepted", "")]) { daemon in
            let failure = await #expect(throws: Failure.self) {
                try await VarveClient(socket: daemon.socket).cancelRunPatiently("r1")
            }
            #expect(failure?.code == .notFound)
            #expect(daemon.requests.count == 1)
        }
    }

    @Test func `a socket that is not there is unreachable, with the remedy`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await VarveClient(socket: "/tmp/no-such-directory/s").health()
        }
        #expect(failure?.code == .unreachable)
        #expect(failure?.fix.contains("VARVE_SOCKET") == true)
    }

    @Test func `a socket nobody listens on is told from one that is not there`() async throws {
        try await ScriptedDaemon.run([]) { daemon in
            let stale = daemon.socket + "2"
            try leaveStaleSocket(at: stale)
            // SAFETY: the string outlives the call.
            defer { unsafe unlink(stale) }
            let failure = await #expect(throws: Failure.self) {
                try await VarveClient(socket: stale).health()
            }
            #expect(failure?.code == .unreachable)
            #expect(failure?.detail == "nobody listens on the socket \(stale)")
        }
    }

    @Test func `a path too long for a socket says so`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await VarveClient(socket: "/" + String(repeating: "x", count: 200)).health()
        }
        #expect(failure?.detail.contains("107 bytes") == true)
    }

    @Test func `a cancelled request gives its connection up`() async throws {
        try await ScriptedDaemon.run([Script("", staysOpen: true)]) { daemon in
            let request = Task { try await VarveClient(socket: daemon.socket).health() }
            while daemon.requests.isEmpty { await Task.yield() }
            request.cancel()
            let outcome = await request.result
            #expect(throws: (any Error).self) { try outcome.get() }
        }
    }

    @Test func `an upload is sent in chunks, and an early refusal ends it`() async throws {
        let problem =
            #"{"type":"about:blank","title":"","status":413,"detail":"no","code":"too-large","fix":"f"}"#
        var refusal = Script.answer("413 Content Too Large", type: "application/problem+json", problem)
        refusal.readsBody = false
        try await ScriptedDaemon.run([refusal]) { daemon in
            let failure = await #expect(throws: Failure.self) {
                let name = try ResourceName("i", kind: "image")
                _ = try await VarveClient(socket: daemon.socket).importImage(
                    name: name, tar: { ByteBuffer(repeating: 7, count: 65536) }, progress: { _ in })
            }
            #expect(failure?.code == .tooLarge)
        }
    }

    @Test func `an upload whose source fails is that failure`() async throws {
        try await ScriptedDaemon.run([Script("", staysOpen: true)]) { daemon in
            let failure = await #expect(throws: Failure.self) {
                let name = try ResourceName("i", kind: "image")
                _ = try await VarveClient(socket: daemon.socket).importImage(
                    name: name, tar: { throw Failure(.badPath, "unreadable", fix: "f") }, progress: { _ in })
            }
            #expect(failure?.code == .badPath)
        }
    }

    @Test func `progress of an import is reported before its image`() async throws {
        let digest = Digest(of: [1]).hex
        let lines = [
            #"{"phase":"fetching","bytes":1,"total":10}"# + "\n",
            #"{"phase":"unpacking","bytes":10,"to"#,
            #"tal":null}"# + "\n" + #"{"name":"i","digest":"\#(digest)","#,
            #""shared":false,"platform":"linux/amd64","env":{},"layers":[],"bytes":0,"#,
            #""created_at":"2026-01-01T00:00:00Z"}"# + "\n",
        ]
        try await ScriptedDaemon.run([.chunked(lines, ends: true)]) { daemon in
            var phases: [Wire.ImportProgress.Phase] = []
            let image = try await VarveClient(socket: daemon.socket).importImage(
                name: ResourceName("i", kind: "image"), source: "/x", progress: { phases.append($0.phase) })
            #expect(phases == [.fetching, .unpacking])
            #expect(image.digest.hex == digest)
        }
    }

    @Test func `an import that fails half-way is the failure on its last line`() async throws {
        let lines = [
            #"{"phase":"fetching","bytes":1}"# + "\n",
            #"{"type":"about:blank","title":"","status":502,"detail":"d","#
                + #""code":"image-pull-failed","fix":"f"}"# + "\n",
        ]
        try await ScriptedDaemon.run([.chunked(lines, ends: true)]) { daemon in
            let failure = await #expect(throws: Failure.self) {
                _ = try await VarveClient(socket: daemon.socket).importImage(
                    name: ResourceName("i", kind: "image"), source: "/x", progress: { _ in })
            }
            #expect(failure?.code == .imagePullFailed)
        }
    }
}
