import Foundation
import Testing

/// What is pinned stays, and what it stands on.
@Suite struct PinTests {
    @Test func `a pinned snapshot and its ancestors can't be removed or pruned until it is unpinned`()
        async throws
    {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            let pinned = try await play.varve(["snapshot", "pin", made.child])
            #expect(pinned.status == 0, "\(pinned.stderr)")
            let leases = LeaseClient(play: play)
            #expect(
                try await leases.send("GET", "/v1/snapshots/\(made.child)").body["pinned"] == .bool(true))
            let base = try await leases.send("GET", "/v1/snapshots/\(made.base)")
            #expect(base.body["held_by"]?["reason"]?.text == "snapshot \(made.child) is pinned")
            #expect(
                base.body["held_by"]?["chain"] == .array([.string(made.base), .string(made.child)]))
            let shown = try await play.varve(["snapshot", "inspect", made.base])
            #expect(
                shown.stdout.contains("no: snapshot \(made.child) is pinned (\(made.base) ← \(made.child))"),
                "\(shown.stdout)")
            let free = try await leases.send("GET", "/v1/snapshots/\(made.sibling)")
            #expect(free.body["held_by"] == nil)
            for id in [made.child, made.base] {
                let refused = try await leases.send("DELETE", "/v1/snapshots/\(id)?recursive=true")
                #expect(refused.status == 409, "\(refused.body)")
                #expect(refused["fix"].contains("varve snapshot unpin \(made.child)"), "\(refused.body)")
            }
            let pruned = try await play.varve(["prune"])
            #expect(pruned.status == 0, "\(pruned.stderr)")
            #expect(try await made.left(in: play) == [made.base, made.child])
            #expect(try await play.varve(["snapshot", "unpin", made.child]).status == 0)
            #expect(try await play.varve(["prune"]).status == 0)
            #expect(try await made.left(in: play) == [])
        }
    }

    @Test func `a pin is kept over a restart, and by a daemon that is killed`() async throws {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            #expect(try await play.varve(["snapshot", "pin", made.child]).status == 0)
            await play.daemon.kill()
            try await play.daemon.start()
            #expect(try await play.varve(["prune"]).status == 0)
            #expect(try await made.left(in: play) == [made.base, made.child])
        }
    }

    @Test func `a snapshot shows what it holds alone and with others, and who stands on it`() async throws {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            let leases = LeaseClient(play: play)
            let base = try await leases.send("GET", "/v1/snapshots/\(made.base)")
            let child = try await leases.send("GET", "/v1/snapshots/\(made.child)")
            #expect(child["parent"] == made.base && base.body["parent"] != .string(made.child))
            #expect(base.body["children"] == .array([.string(made.child), .string(made.sibling)]))
            #expect(child.body["children"] == .array([]))
            let own = try #require(base.body["own_bytes"]?.number)
            #expect(own >= 1_048_576)
            // What the child shares is its ancestor's layer and the image.
            #expect(try #require(child.body["shared_bytes"]?.number) >= own)
            #expect(try #require(child.body["own_bytes"]?.number) < own)
            let fields = try #require(base.body["fields"]?.array, "\(base.body)")
            #expect(!fields.isEmpty)
        }
    }

    @Test func `a snapshot shows the fields of its identity and the facts its use relies on`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "source\n")
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps: [{key: make, run: 'echo more >> a.txt; echo x > made', cache: forever, network: none}]
                """)
            let id = try #require(run.events("step_end").first?["snapshot"]?.text, "\(run.stderr)")
            let shown = try await LeaseClient(play: play).send("GET", "/v1/snapshots/\(id)")
            let fields = try #require(shown.body["fields"]?.array, "\(shown.body)")
            func field(_ name: String) -> JSON? { fields.first { $0["name"]?.text == name }?["value"] }
            #expect(field("command") == "echo more >> a.txt; echo x > made")
            #expect(field("network") == "none" && field("cache") == "forever", "\(fields)")
            let facts = try #require(shown.body["facts"]?.array, "\(shown.body)")
            func fact(_ path: String) -> JSON? { facts.first { $0["path"]?.text == path } }
            #expect(fact("a.txt")?["kind"] == "entry", "\(facts)")
            #expect(fact("a.txt")?["expected"]?.text?.contains("with the content") == true, "\(facts)")
            #expect(fact("made")?["kind"] == "absent", "\(facts)")
            let inspected = try await play.varve(["snapshot", "inspect", id])
            #expect(inspected.status == 0, "\(inspected.stderr)")
            #expect(inspected.stdout.contains("echo more >> a.txt; echo x > made"), "\(inspected.stdout)")
            #expect(inspected.stdout.contains("\n  made: nothing there\n"), "\(inspected.stdout)")
        }
    }

    @Test func `a list is narrowed by workspace, step and identity, and comes in pages`() async throws {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            let leases = LeaseClient(play: play)
            let identity = try await leases.send("GET", "/v1/snapshots/\(made.child)")["identity"]
            #expect(try await ids(leases, "step=child") == [made.child])
            #expect(try await ids(leases, "identity=\(identity)") == [made.child])
            #expect(try await ids(leases, "workspace=nosuch") == [])
            #expect(try await ids(leases, "step=child&identity=\(String(repeating: "0", count: 64))") == [])
            #expect(try await ids(leases, "label.none=x") == [])
            var (all, cursor, pages) = ([String](), "", 0)
            repeat {
                let page = try await leases.send("GET", "/v1/snapshots?limit=1\(cursor)")
                all += items(page)
                pages += 1
                cursor = page["next_cursor"].isEmpty ? "" : "&cursor=\(page["next_cursor"])"
            } while !cursor.isEmpty && pages < 10
            #expect(Set(all) == [made.base, made.child, made.sibling] && all.count == 3)
        }
    }

    private func ids(_ leases: LeaseClient, _ query: String) async throws -> [String] {
        let page = try await leases.send("GET", "/v1/snapshots?\(query)")
        try #require(page.status == 200, "\(page.body)")
        return items(page)
    }

    private func items(_ page: LeaseClient.Reply) -> [String] {
        guard case .array(let items)? = page.body["items"] else { return [] }
        return items.compactMap { $0["id"]?.text }
    }
}
