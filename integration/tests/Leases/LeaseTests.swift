import Foundation
import Testing

@Suite struct `A lease` {
    @Test func `is looked up, run by any runtime, committed, and found afterwards`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("cat a.txt > /seen && echo built >> a.txt")
            #expect(lease.status == 201, "\(lease.body)")
            #expect(lease.body["reason"]?["code"]?.text == "first-run")
            #expect(lease["workspace"] == lease["rootfs"] + "/workspace")
            let source = try String(contentsOfFile: lease["workspace"] + "/a.txt", encoding: .utf8)
            #expect(source == "source\n", "the mounts are on the host")
            let output = try await leases.run(lease)
            #expect(output.status == 0, "\(output.stderr)")
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200 && !commit["snapshot"].isEmpty, "\(commit.body)")
            #expect(!FileManager.default.fileExists(atPath: lease["rootfs"]))
            let hit = try await leases.lease("cat a.txt > /seen && echo built >> a.txt")
            #expect(hit.status == 200 && hit.body["hit"] == .bool(true))
            #expect(hit["snapshot"] == commit["snapshot"])
            let child = try await leases.lease("true", key: "child", parent: commit["snapshot"])
            let text = try String(contentsOfFile: child["workspace"] + "/a.txt", encoding: .utf8)
            #expect(text == "source\nbuilt\n")
            #expect(try await leases.discard(child["id"]).status == 204)
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `is no hit any more once the source of what it changed is newer`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("echo built >> a.txt")
            _ = try await leases.run(lease)
            _ = try await leases.commit(lease["id"])
            try leases.play.write("a.txt", "newer\n")
            try await leases.register()
            let again = try await leases.lease("echo built >> a.txt")
            #expect(again.status == 201)
            #expect(again.body["reason"]?["code"]?.text == "workspace-conflict")
            #expect(
                try String(contentsOfFile: again["workspace"] + "/a.txt", encoding: .utf8) == "newer\n")
        }
    }

    @Test func `that is committed second adopts the snapshot of the first`() async throws {
        try await withLeases { leases in
            let first = try await leases.lease("echo x > made")
            let second = try await leases.lease("echo x > made")
            #expect(first.status == 201 && second.status == 201)
            _ = try await leases.run(first)
            _ = try await leases.run(second)
            let one = try await leases.commit(first["id"])
            let two = try await leases.commit(second["id"])
            #expect(
                one.body["adopted"] == nil && two.body["adopted"] == .bool(true), "\(one.body) \(two.body)")
            #expect(one["snapshot"] == two["snapshot"])
        }
    }

    @Test func `that is committed second where the first's facts don't hold has a snapshot of its own`()
        async throws
    {
        try await withLeases { leases in
            func register(_ text: String) async throws -> String {
                try leases.play.write("a.txt", text)
                let reply = try await leases.send(
                    "POST", "/v1/workspaces/project/revisions", "{\"path\": \"\(leases.play.project)\"}")
                try #require(reply.status == 201, "\(reply.body)")
                return reply["digest"]
            }
            func lease(on revision: String) async throws -> LeaseClient.Reply {
                try await leases.lease("echo built >> a.txt", more: ", \"revision\": \"\(revision)\"")
            }
            let older = try await register("older\n")
            let newer = try await register("newer than that\n")
            let first = try await lease(on: older)
            let second = try await lease(on: newer)
            try #require(first.status == 201 && second.status == 201, "\(first.body) \(second.body)")
            #expect(!first["identity"].isEmpty && first["identity"] == second["identity"])
            for lease in [first, second] { #expect(try await leases.run(lease).status == 0) }
            let one = try await leases.commit(first["id"])
            let two = try await leases.commit(second["id"])
            #expect(one.status == 200 && one.body["adopted"] == nil, "\(one.body)")
            #expect(two.status == 200 && two.body["adopted"] == nil, "\(two.body)")
            #expect(!one["snapshot"].isEmpty && !two["snapshot"].isEmpty)
            #expect(one["snapshot"] != two["snapshot"])
            for (revision, commit) in [(older, one), (newer, two)] {
                let hit = try await lease(on: revision)
                #expect(hit.status == 200 && hit.body["hit"] == .bool(true), "\(hit.body)")
                #expect(hit["snapshot"] == commit["snapshot"])
            }
        }
    }

    @Test func `answers a repeated commit alike, and another one with a conflict`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let first = try await leases.commit(lease["id"])
            let again = try await leases.commit(lease["id"])
            #expect(again.status == 200 && again["snapshot"] == first["snapshot"])
            #expect(try await leases.commit(lease["id"], exitCode: 1).status == 409)
            let renewal = try await leases.send("POST", "/v1/leases/\(lease["id"])/renew", "{}")
            #expect(renewal.status == 410 && renewal.code == "lease-ended")
        }
    }

    @Test func `of a command that failed leaves nothing`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("exit 3")
            let commit = try await leases.commit(lease["id"], exitCode: 3)
            #expect(commit.status == 200 && commit.body["snapshot"] == .null, "\(commit.body)")
            #expect(try await leases.lease("exit 3").status == 201)
        }
    }

    @Test func `of a view can't be written to nor committed`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let snapshot = try await leases.commit(lease["id"])["snapshot"]
            let view = try await leases.send("POST", "/v1/leases", "{\"view\": \"\(snapshot)\"}")
            #expect(view.status == 201, "\(view.body)")
            #expect(try String(contentsOfFile: view["workspace"] + "/a.txt", encoding: .utf8) == "source\n")
            let written = try await Playground.shell(
                "touch '\(view["rootfs"])/x' 2>&1 || touch '\(view["workspace"])/x' 2>&1 || true", in: "/")
            #expect(written.lines.filter { $0.contains("Read-only file system") }.count == 2)
            let commit = try await leases.commit(view["id"])
            #expect(commit.status == 409 && commit.code == "lease-readonly")
            #expect(try await leases.discard(view["id"]).status == 204)
        }
    }

    @Test func `says of a path that matches nothing, and so does a hit`() async throws {
        try await withLeases { leases in
            let cache = "{\"on_change\": [\"packge.json\"]}"
            for status in [201, 200] {
                let lease = try await leases.lease("true", cache: cache)
                #expect(lease.status == status)
                #expect("\(lease.body["warnings"], default: "none")".contains("packge.json"), "\(lease.body)")
                if status == 201 { #expect(try await leases.commit(lease["id"]).status == 200) }
            }
        }
    }

    @Test func `on a parent that was made on another state of what it changed says so, and on no other`()
        async throws
    {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            try await Playground.succeed("echo more >> a.txt", in: lease["workspace"])
            let parent = try await leases.commit(lease["id"])["snapshot"]
            func warnings() async throws -> String {
                let child = try await leases.lease(": child", key: "child", cache: "\"none\"", parent: parent)
                #expect(try await leases.discard(child["id"]).status == 204)
                return "\(child.body["warnings"], default: "none")"
            }
            try leases.play.write("b.txt", "new")
            try await leases.register()
            #expect(try await !warnings().contains("workspace-conflict"))
            try leases.play.write("a.txt", "another source\n")
            try await leases.register()
            let told = try await warnings()
            #expect(told.contains("workspace-conflict") && told.contains("a.txt"), "\(told)")
        }
    }

    @Test func `is told which mount points are not made, and refused those that no file system has`()
        async throws
    {
        try await withLeases { leases in
            let lease = try await leases.lease("true", more: ", \"mountpoints\": [\"/workspace/deps\"]")
            #expect(
                lease.status == 201 && "\(lease.body)".contains("/workspace/deps is in the workspace"),
                "\(lease.body)")
            #expect(try await leases.discard(lease["id"]).status == 204)
            let name = String(repeating: "n", count: 256)
            for member in ["\"mountpoints\": [\"/\(name)\"]", "\"workspace_target\": \"/\(name)\""] {
                let refused = try await leases.lease("true", more: ", \(member)")
                #expect(refused.status == 422 && refused.code == "bad-path", "\(refused.body)")
            }
        }
    }

    @Test(arguments: ["/__w", "/buildkite/builds"])
    func `has its workspace and mount points where its holder wants them`(target: String) async throws {
        try await withLeases { leases in
            let lease = try await leases.lease(
                "pwd > /where && touch made",
                more: ", \"workspace_target\": \"\(target)\", \"mountpoints\": [\"/tools/cache\"]")
            #expect(lease["workspace"] == lease["rootfs"] + target, "\(lease.body)")
            #expect(FileManager.default.fileExists(atPath: lease["workspace"] + "/a.txt"))
            #expect(FileManager.default.fileExists(atPath: lease["rootfs"] + "/tools/cache"))
            let output = try await leases.run(lease)
            #expect(output.status == 0, "\(output.stderr)")
            let place = try String(contentsOfFile: lease["rootfs"] + "/where", encoding: .utf8)
            #expect(place == target + "\n")
            let snapshot = try await leases.commit(lease["id"])["snapshot"]
            let changes = try await leases.play.request("GET", "/v1/snapshots/\(snapshot)/changes")
            #expect(
                changes.stdout.contains("where") && !changes.stdout.contains("tools"), "\(changes.stdout)")
            #expect(changes.stdout.contains("\"\(target)/made\""), "\(changes.stdout)")
            #expect(!changes.stdout.contains("\"\(target)\""), "\(changes.stdout)")
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `is for admins, in a directory that its holder alone may enter`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let status = try await Playground.shell("stat -c '%a %u' '\(lease["bundle"])'", in: "/")
            #expect(status.lines == ["700 0"])
            try await leases.play.shell("chmod 755 .. && chmod 666 '\(leases.play.socket)'")
            let refused = try await runProgram(
                "setpriv",
                [
                    "--reuid=12345", "--regid=12345", "--clear-groups", "curl", "-sS", "--unix-socket",
                    leases.play.socket, "http://varve/v1/leases",
                ])
            #expect(refused.stdout.contains("\"forbidden\""), "\(refused.stdout)")
        }
    }

    static let wrong: [(body: String, status: Int)] = [
        ("{}", 400), (#"{"step": {"key": "a", "cmd": "true"}, "view": "x"}"#, 400),
        (#"{"step": {"key": "a"}, "workspace": "project"}"#, 422),
        (#"{"step": {"key": "a", "cmd": "true", "run": "x"}, "workspace": "project"}"#, 422),
        (
            #"{"step": {"key": "a", "cmd": "true", "image": "busybox"}, "workspace": "project", "ttl_seconds": 0}"#,
            400
        ),
        (
            #"{"step": {"key": "a", "cmd": "true", "image": "busybox"}, "workspace": "project", "workspace_target": "/a/../b"}"#,
            422
        ),
        (
            #"{"step": {"key": "a", "cmd": "true", "image": "busybox"}, "workspace": "project", "workspace_target": "/etc"}"#,
            422
        ),
        (
            #"{"step": {"key": "a", "cmd": "true", "parent": "nosuch"}, "workspace": "project"}"#, 404
        ),
        (#"{"view": "nosuch"}"#, 404),
    ]

    @Test func `that makes no sense is refused, and leaves nothing`() async throws {
        try await withLeases { leases in
            for wrong in Self.wrong {
                let reply = try await leases.send("POST", "/v1/leases", wrong.body)
                #expect(reply.status == wrong.status, "\(wrong.body): \(reply.status) \(reply.body)")
                #expect(!reply["fix"].isEmpty)
            }
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `is one of many on one parent, none of which leaves anything`() async throws {
        try await withLeases { leases in
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let lease = try await leases.lease("echo \(number)", key: "step-\(number)")
                        #expect(lease.status == 201, "\(lease.body)")
                        return lease["id"]
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let listed = try await leases.send("GET", "/v1/leases?limit=1000")
            let items = try #require(listed.body["items"]?.array, "\(listed.body)")
            #expect(items.count == 50)
            for (index, id) in ids.enumerated() {
                let end =
                    index.isMultiple(of: 2) ? try await leases.commit(id) : try await leases.discard(id)
                #expect(end.status == (index.isMultiple(of: 2) ? 200 : 204), "\(index): \(end.body)")
            }
            #expect(try await leases.play.leftovers() == [])
        }
    }
}
