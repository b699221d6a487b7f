import API
import Foundation
import Testing

@Suite struct `Who may do what` {
    @Test func `is what the daemon answers, for every route and kind of caller`() async throws {
        try await AccessGround.open { ground in
            for endpoint in Endpoint.allCases {
                let expected = Array(zip(AccessKind.allCases, AccessTable.statuses(of: endpoint)))
                #expect(expected.count == AccessKind.allCases.count, "\(endpoint)")
                // Who is refused comes first: what he must not touch is then there for those who may.
                for (kind, status) in expected.sorted(by: { $0.1 > $1.1 }) {
                    let reply = try await ground.ask(endpoint, as: kind)
                    #expect(
                        reply.status == status, "\(endpoint), \(kind.rawValue): \(reply.text.prefix(500))")
                    if status < 300 { try await ground.used(endpoint, reply) }
                }
            }
        }
    }

    @Test func `goes for lists: an admin's are of his own scope, unless he names another`() async throws {
        try await AccessGround.open { ground in
            let lease = try await ground.ask(.lease, as: .admin)["id"]
            try #require(!lease.isEmpty)
            let root = SocketUser(socket: ground.play.socket)
            for (query, isListed) in [
                ("", false), ("?scope=uid:0", false), ("?scope=uid:\(AccessGround.ann)", true),
                ("?scope=all", true),
            ] {
                let list = try await root.send("GET", "/v1/leases" + query)
                #expect(list.status == 200, "\(query): \(list.text)")
                #expect(list.text.contains("\"\(lease)\"") == isListed, "\(query): \(list.text)")
            }
        }
    }

    @Test func `is what the document says, route by route`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let document = try String(contentsOf: root.appending(path: "docs/access.md"), encoding: .utf8)
        let rows = document.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains(" /") }
        #expect(rows.map(String.init) == Endpoint.allCases.map(AccessTable.row), "routes in their order")
        let head = "| route | " + AccessKind.allCases.map(\.rawValue).joined(separator: " | ") + " |"
        #expect(document.contains(head + "\n"))
    }

    @Test func `begins with the rights of each socket's file, from a configuration that is printed alike`()
        async throws
    {
        try await Playground.open(image: false) { play in
            await play.daemon.stop()
            let file = play.root + "/varved.toml"
            try await play.shell(
                """
                cat > \(file) <<'END'
                [[listener]]
                path = "\(play.root)/run/open.sock"
                mode = "0666"
                group = "games"
                scope = "uid:7"
                END
                chmod 755 .. ../run
                """)
            let printed = try await runProgram(Programs.varved, ["--config", file, "--print-config"])
            let table = try #require(printed.stdout.components(separatedBy: "[[listener]]\n").last)
            #expect(table.contains("mode = \"0666\"\n") && table.contains("role = \"user\"\n"), "\(table)")
            try await play.daemon.start(["--config", file])
            let rights = try await play.shell("stat -c '%a %U %G' ../run/open.sock ../run/varve.sock")
            #expect(
                rights.lines.first == "666 root games" && rights.lines.last?.hasPrefix("660 root") == true)
            let anybody = SocketUser.user(4711, groups: [], on: play.root + "/run/open.sock")
            #expect(try await anybody.send("GET", "/v1/runs?scope=uid:7").status == 200)
            #expect(try await anybody.send("GET", "/v1/runs?scope=uid:4711").status == 403)
            let refused = SocketUser.user(4711, groups: [], on: play.socket)
            #expect(try await refused.send("GET", "/v1/info").status == 0)
        }
    }

    @Test func `is not for a tenant to take from the others with what he puts in his socket's place`()
        async throws
    {
        try await Playground.open(image: false) { play in
            await play.daemon.stop()
            let (blue, green) = (play.root + "/blue/varve.sock", play.root + "/green/varve.sock")
            try await play.shell("mkdir -p \(blue)/in-its-place")
            try await play.daemon.start([
                "--listener", "path=\(blue),scope=uid:7", "--listener", "path=\(green),scope=uid:8",
            ])
            let log = try String(contentsOfFile: play.daemon.log, encoding: .utf8)
            let lines = log.split(separator: "\n")
            #expect(lines.contains { $0.contains("error") && $0.contains(blue) }, "\(log)")
            for socket in [play.socket, green] {
                #expect(try await SocketUser(socket: socket).send("GET", "/v1/info").status == 200)
            }
            try await play.shell("rm -r \(play.root)/blue")
            await play.daemon.stop()
            try await play.daemon.start(["--listener", "path=\(blue),scope=uid:7"])
            #expect(try await SocketUser(socket: blue).send("GET", "/v1/info").status == 200)
        }
    }

    @Test func `is nobody's to ask where the first socket can't be opened`() async throws {
        try await Playground.open(image: false) { play in
            await play.daemon.stop()
            let further = play.root + "/further.sock"
            let output = try await runProgram(
                "timeout",
                [
                    "60", Programs.varved, "--config", "/nonexistent", "--store", play.store,
                    "--socket", play.root + "/missing/missing/x.sock", "--listener", "path=\(further)",
                ])
            #expect(output.status == 2 && output.stderr.contains("missing/x.sock"), "\(output.stderr)")
            #expect(!FileManager.default.fileExists(atPath: further))
        }
    }
}
