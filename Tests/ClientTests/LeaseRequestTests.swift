import API
import Client
import Model
import Testing

@Suite struct LeaseRequestTests {
    private static let identity = Digest(of: [1]).hex
    private let lease =
        #"{"id":"l1","step":"a","identity":"\#(identity)","reason":{"code":"first-run","detail":"d"},"#
        + #""rootfs":"/r","workspace":"/r/workspace","bundle":"/","created_at":"2026-01-01T00:00:00Z","#
        + #""expires_at":"2026-01-01T00:05:00Z"}"#
    private let request = Wire.LeaseRequest(step: .text("{key: a, cmd: x}"), workspace: "w")

    @Test func `a step that need not run is told from one that is prepared`() async throws {
        let hit = #"{"hit":true,"snapshot":"s1"}"#
        try await ScriptedDaemon.run([.answer("200 OK", hit), .answer("201 Created", lease)]) { daemon in
            let client = VarveClient(socket: daemon.socket)
            #expect(try await client.prepareLease(request) == .hit(Wire.LeaseHit(snapshot: "s1")))
            guard case .prepared(let lease) = try await client.prepareLease(request) else {
                Issue.record("a lease was read as a hit")
                return
            }
            #expect(lease.id == "l1" && lease.workspace == "/r/workspace" && lease.reason?.code == .firstRun)
            #expect(daemon.requests.allSatisfy { $0.hasPrefix("POST /v1/leases HTTP/1.1\r\n") })
            #expect(daemon.requests.allSatisfy { $0.lowercased().contains("idempotency-key: ") })
        }
    }

    @Test func `a commit whose answer is lost is repeated, and nothing else of it changes`() async throws {
        let scripts: [ScriptedDaemon.Script] = [
            .init(""), .answer("200 OK", #"{"snapshot":"s1","adopted":true}"#),
        ]
        try await ScriptedDaemon.run(scripts) { daemon in
            let commit = try await VarveClient(socket: daemon.socket).commitLease("l1", exitCode: 0)
            #expect(commit == Wire.LeaseCommit(snapshot: "s1", adopted: true))
            #expect(daemon.requests.count == 2 && daemon.requests.first == daemon.requests.last)
            #expect(daemon.requests.last?.hasPrefix("POST /v1/leases/l1/commit ") == true)
            #expect(daemon.requests.last?.hasSuffix(#"{"exit_code":0}"#) == true)
        }
    }

    private func quiesced() throws -> Wire.Lease {
        try JSONCoding.decode(
            Wire.Lease.self,
            from: Array(
                #"""
                {"id": "l1", "rootfs": "/r", "created_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-01T00:05:00Z",
                 "volumes": [
                  {"volume": "a", "action": "empty", "detail": "", "quiesce": {"before": "stop a", "after": "start a"}},
                  {"volume": "b", "action": "empty", "detail": ""},
                  {"volume": "c", "action": "empty", "detail": "", "quiesce": {"before": "stop c", "after": "start c"}}]}
                """#.utf8), unknownMembers: .ignored)
    }

    @Test func `the commands of volumes are run around a commit, the last to stop being the first to start`()
        async throws
    {
        try await ScriptedDaemon.run([.answer("200 OK", #"{"snapshot":"s1"}"#)]) { daemon in
            var commands: [String] = []
            let commit = try await VarveClient(socket: daemon.socket).commitLease(
                try quiesced(), exitCode: 0
            ) { command in
                commands.append(command)
                #expect(daemon.requests.isEmpty == command.hasPrefix("stop"), "\(command)")
            }
            #expect(commit.snapshot == "s1")
            #expect(commands == ["stop a", "stop c", "start c", "start a"])
        }
    }

    @Test func `where a command before a commit fails nothing is committed, and what was stopped is started`()
        async throws
    {
        struct Stuck: Error {}
        try await ScriptedDaemon.run([]) { daemon in
            var commands: [String] = []
            await #expect(throws: Stuck.self) {
                try await VarveClient(socket: daemon.socket).commitLease(try quiesced(), exitCode: 0) {
                    commands.append($0)
                    if $0 == "stop c" { throw Stuck() }
                }
            }
            #expect(commands == ["stop a", "stop c", "start c", "start a"] && daemon.requests.isEmpty)
        }
    }

    @Test func `around the commit of a command that failed nothing is run`() async throws {
        try await ScriptedDaemon.run([.answer("200 OK", #"{"snapshot":null}"#)]) { daemon in
            let commit = try await VarveClient(socket: daemon.socket).commitLease(
                try quiesced(), exitCode: 1
            ) { Issue.record("\($0)") }
            #expect(commit.snapshot == nil)
        }
    }

    @Test func `a failed command's commit has no snapshot`() async throws {
        try await ScriptedDaemon.run([.answer("200 OK", #"{"snapshot":null}"#)]) { daemon in
            let commit = try await VarveClient(socket: daemon.socket).commitLease("l1", exitCode: 3)
            #expect(commit.snapshot == nil && commit.adopted == nil)
        }
    }

    @Test func `views, renewals, lists and discards go where they belong`() async throws {
        let page = #"{"items":[\#(lease)],"next_cursor":"c"}"#
        let scripts: [ScriptedDaemon.Script] = [
            .answer("201 Created", lease), .answer("200 OK", lease), .answer("200 OK", page),
            .answer("200 OK", lease), .answer("204 No Content", ""), .answer("204 No Content", ""),
        ]
        try await ScriptedDaemon.run(scripts) { daemon in
            let client = VarveClient(socket: daemon.socket)
            _ = try await client.view("s1", ttlSeconds: 9)
            try await client.renewLease("l1", ttlSeconds: 60)
            let leases = try await client.leases(.init(limit: 1))
            #expect(leases.items.map(\.id) == ["l1"] && leases.nextCursor == "c")
            #expect(try await client.lease("l1").bundle == "/")
            try await client.discardLease("l1")
            try await client.discardLease("l1", force: true)
            let lines = daemon.requests.map { String($0.prefix { $0 != "\r\n" }) }
            #expect(
                lines == [
                    "POST /v1/leases HTTP/1.1", "POST /v1/leases/l1/renew HTTP/1.1",
                    "GET /v1/leases?limit=1 HTTP/1.1", "GET /v1/leases/l1 HTTP/1.1",
                    "DELETE /v1/leases/l1 HTTP/1.1", "DELETE /v1/leases/l1?force=true HTTP/1.1",
                ])
            #expect(daemon.requests.first?.hasSuffix(#"{"view":"s1","ttl_seconds":9}"#) == true)
        }
    }

    @Test func `a tree in use is the failure that says so`() async throws {
        let problem =
            #"{"type":"about:blank","title":"","status":409,"detail":"used by 7","code":"lease-busy","fix":"f"}"#
        try await ScriptedDaemon.run([.answer("409 Conflict", type: "application/problem+json", problem)]) {
            daemon in
            let failure = await #expect(throws: Failure.self) {
                try await VarveClient(socket: daemon.socket).commitLease("l1", exitCode: 0)
            }
            #expect(failure == Failure(.leaseBusy, "used by 7", fix: "f"))
        }
    }
}
