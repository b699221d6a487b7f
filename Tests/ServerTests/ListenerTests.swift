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

    @Test func `that is bound counts all its callers as one, and leaves root no reserve`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.connectionsOfOneUser = 2
        // None may end by itself, however slow the machine is.
        configuration.limits.idle = .seconds(3600)
        try await ServerFixture.serve(configuration, rules: Self.rules) { fixture in
            var open: [RawConnection] = []
            for _ in 0..<2 {
                let connection = try await RawConnection.open(fixture.socket(0))
                try await connection.send("GET /v1/info HTTP/1.1\r\nHost: varve\r\n\r\n")
                _ = try await connection.receive(until: "200 OK")
                open.append(connection)
            }
            #expect(try await fixture.request("GET", "/v1/info", on: 0).status == 429)
            #expect(try await fixture.request("GET", "/v1/info").status == 200, "root itself")
            withExtendedLifetime(open) {}
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
