import API
import Foundation
import Model
import Server
import TestSupport
import Testing

@Suite struct `A further socket` {
    private static let rules = [
        ListenerRule(scope: Scope(owner: 7)), ListenerRule(role: .user), ListenerRule(role: .admin),
        ListenerRule(scope: Scope(owner: 7), role: .admin),
    ]

    @Test func `makes its callers what it is bound to, root too`() async throws {
        try await ServerFixture.serve(
            rules: Self.rules,
            prepare: { store in
                try await ServerFixture.addRun("0000000000000001", events: [], to: store)
            }
        ) { fixture in
            // The run is root's. By socket: the run, one's own list, root's list, everybody's, leases.
            let expected: [(socket: Int?, statuses: [Int])] = [
                (nil, [200, 200, 200, 200, 200]), (0, [404, 200, 403, 403, 403]),
                (1, [200, 200, 200, 403, 403]),
                (2, [200, 200, 200, 200, 200]), (3, [200, 200, 200, 200, 200]),
            ]
            let paths = [
                "/v1/runs/0000000000000001", "/v1/runs", "/v1/runs?scope=uid:0", "/v1/runs?scope=all",
                "/v1/leases",
            ]
            for (socket, statuses) in expected {
                var found: [Int] = []
                for path in paths { found.append(try await fixture.request("GET", path, on: socket).status) }
                #expect(found == statuses, "\(socket.map { "\(Self.rules[$0])" } ?? "the first")")
                let own = try await fixture.request("GET", "/v1/runs", on: socket).text
                let isRoots = socket != 0 && socket != 3
                #expect(own.contains("0000000000000001") == isRoots, "an own scope: \(own)")
            }
        }
    }

    /// Connections to the first bound socket, over each of which a request was answered.
    private func twoConnections(_ fixture: ServerFixture) async throws -> [RawConnection] {
        var open: [RawConnection] = []
        for _ in 0..<2 {
            let connection = try await RawConnection.open(fixture.socket(0))
            try await connection.send("GET /v1/info HTTP/1.1\r\nHost: varve\r\n\r\n")
            _ = try await connection.receive(until: "200 OK")
            open.append(connection)
        }
        return open
    }

    @Test func `that is bound counts all its callers as one, and leaves root no reserve`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.connectionsOfOneUser = 2
        // None may end by itself, however slow the machine is.
        configuration.limits.idle = .seconds(3600)
        try await ServerFixture.serve(configuration, rules: Self.rules) { fixture in
            let open = try await twoConnections(fixture)
            #expect(try await fixture.request("GET", "/v1/info", on: 0).status == 429)
            #expect(try await fixture.request("GET", "/v1/info").status == 200, "root itself")
            withExtendedLifetime(open) {}
        }
    }

    @Test func `whose scope is full takes no place from others with those it is refused`() async throws {
        let rules = [ListenerRule(scope: Scope(owner: 7)), ListenerRule(scope: Scope(owner: 8))]
        var configuration = ServerConfiguration()
        configuration.limits.connections = 4
        configuration.limits.connectionsOfOneUser = 2
        configuration.limits.idle = .seconds(3600)
        try await ServerFixture.serve(configuration, rules: rules) { fixture in
            var open = try await twoConnections(fixture)
            // On these nothing is said, so that those that are not dropped stay for a while.
            for _ in 0..<100 { open.append(try await RawConnection.open(fixture.socket(0))) }
            #expect(try await fixture.request("GET", "/v1/info", on: 1).status == 200)
            #expect(try await fixture.request("GET", "/v1/info").status == 200, "root itself")
            withExtendedLifetime(open) {}
        }
    }

    @Test func `leaves half of the uploads and imports to other scopes`() async throws {
        let rules = [ListenerRule(scope: Scope(owner: 7)), ListenerRule(scope: Scope(owner: 8))]
        var configuration = ServerConfiguration()
        configuration.limits.uploads = 2
        try await ServerFixture.serve(configuration, rules: rules) { fixture in
            let image = try fixture.makeBusybox()
            let first = try await RawConnection.open(fixture.socket(0))
            try await first.send(
                HTTPReply.request(
                    "POST", "/v1/workspaces/up/revisions",
                    headers: [
                        "Content-Type": MediaType.tar, "Content-Length": "10240", "Expect": "100-continue",
                    ]))
            _ = try await first.receive(until: "100 Continue")
            // The answer to who waits for it comes before the upload is counted.
            let body = "{\"name\": \"box\", \"source\": \"\(image)\"}"
            var refused = try await fixture.request("POST", "/v1/images", body: body, on: 0)
            let deadline = ContinuousClock.now + .seconds(60)
            while refused.status == 201, ContinuousClock.now < deadline {
                refused = try await fixture.request("POST", "/v1/images", body: body, on: 0)
            }
            #expect(refused.status == 429, "\(refused.text)")
            let detail = try refused.problem()?.detail
            #expect(detail?.contains("1 uploads and imports under way of uid:7") == true, "\(refused.text)")
            #expect(try await fixture.request("POST", "/v1/images", body: body, on: 1).status == 201)
            withExtendedLifetime(first) {}
        }
    }

    @Test func `is gone with the first when the daemon stops accepting`() async throws {
        try await ServerFixture.serve(rules: Self.rules) { fixture in
            fixture.server.stopAccepting()
            for socket in [fixture.socket] + Self.rules.indices.map(fixture.socket) {
                #expect(!FileManager.default.fileExists(atPath: socket), "\(socket)")
            }
        }
    }
}
