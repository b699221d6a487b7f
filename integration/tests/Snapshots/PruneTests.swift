import Foundation
import Testing

/// Pruning takes what nobody needs, and says so before.
@Suite struct PruneTests {
    @Test func `a dry run says what would go and what that frees, and then just that goes`() async throws {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            let would = try await prune(play, #"{"dry_run": true}"#)
            #expect(try await made.left(in: play).count == 3)
            let does = try await prune(play, "{}")
            #expect(ids(would) == ids(does) && Set(ids(does)) == [made.base, made.child, made.sibling])
            #expect(ids(does).last == made.base)
            #expect(would.body["bytes"] == does.body["bytes"])
            #expect(try #require(does.body["bytes"]?.number) >= 1_048_576)
            #expect(try await made.left(in: play) == [])
        }
    }

    @Test func `as a command a dry run lists what would go, and removes nothing`() async throws {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            let would = try await play.varve(["prune", "--dry-run"])
            #expect(would.status == 0, "\(would.stderr)")
            for id in [made.base, made.child, made.sibling] {
                #expect(would.lines.contains { $0.hasPrefix(id) }, "\(id): \(would.stdout)")
            }
            let last = try #require(would.lines.last)
            #expect(last.hasPrefix("3 snapshots of ") && last.hasSuffix(" would go"), "\(would.stdout)")
            #expect(try await made.left(in: play) == [made.base, made.child, made.sibling])
            let some = try await play.varve(["prune", "--dry-run", "--older-than", "1h"])
            #expect(some.stdout.hasPrefix("0 snapshots of "), "\(some.stdout)\(some.stderr)")
            let does = try await play.varve(["prune"])
            #expect(does.lines.last == last.replacing("would go", with: "removed"), "\(does.stdout)")
            #expect(try await made.left(in: play) == [])
        }
    }

    @Test func `no more goes than is asked for, the longest unused leaf first`() async throws {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            let all = try await prune(play, #"{"dry_run": true}"#)
            let total = try #require(all.body["bytes"]?.number)
            #expect(ids(try await prune(play, "{\"keep_bytes\": \(Int(total))}")) == [])
            #expect(ids(try await prune(play, #"{"older_than_seconds": 3600}"#)) == [])
            let some = try await play.varve(["prune", "--keep-bytes", "\(Int(total) - 1)"])
            #expect(some.status == 0 && some.stdout.contains("1 snapshot "), "\(some.stdout)\(some.stderr)")
            let left = [made.base, made.child, made.sibling].filter { $0 != ids(all).first }
            #expect(try await made.left(in: play) == left)
        }
    }

    @Test func `what a lease or a view stands on stays, and what is below it`() async throws {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            let leases = LeaseClient(play: play)
            try await leases.register()
            let lease = try await leases.lease("true", key: "leased", parent: made.child)
            #expect(lease.status == 201, "\(lease.body)")
            let view = try await leases.send("POST", "/v1/leases", "{\"view\": \"\(made.sibling)\"}")
            #expect(view.status == 201, "\(view.body)")
            #expect(ids(try await prune(play, "{}")) == [])
            let refused = try await leases.send("DELETE", "/v1/snapshots/\(made.base)?recursive=true")
            #expect(refused.status == 409 && !refused["fix"].isEmpty, "\(refused.body)")
            #expect(try await made.left(in: play).count == 3)
            #expect(try await leases.discard(view["id"]).status == 204)
            #expect(ids(try await prune(play, "{}")) == [made.sibling])
            #expect(try await leases.commit(lease["id"]).status == 200)
            #expect(Set(ids(try await prune(play, "{}"))).isSuperset(of: [made.base, made.child]))
        }
    }

    @Test func `what a run under way stands on stays until its end`() async throws {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            let gate = StepGate()
            let run = try play.start(
                """
                version: 1
                image: busybox
                steps:
                  - {key: base, run: 'head -c 1048576 /dev/urandom > /base', cache: forever, network: none}
                  - {key: child, from: base, run: 'echo child > /child', cache: forever, network: none}
                  - {key: held, from: child, run: '\(gate.script)', network: none}
                """)
            try await gate.reached(by: run, in: "held")
            #expect(ids(try await prune(play, "{}")) == [made.sibling])
            try await gate.open(on: play)
            #expect(try await run.end().exitCode == 0)
            #expect(Set(ids(try await prune(play, "{}"))).isSuperset(of: [made.base, made.child]))
        }
    }

    @Test func `only admins prune`() async throws {
        try await Playground.open { play in
            let made = try await SnapshotFamily.make(in: play)
            try await play.shell("chmod 755 \(play.root) \(play.root)/run; chmod 666 \(play.socket)")
            let refused = try await Playground.shell(
                """
                setpriv --reuid=12345 --regid=12345 --clear-groups \
                    curl -sS --unix-socket \(play.socket) -X POST -H 'Content-Type: application/json' \
                    -d '{}' -w '%{http_code}' http://varve/v1/prune
                """, in: "/")
            #expect(refused.stdout.hasSuffix("403"), "\(refused.stdout)")
            #expect(try await made.left(in: play).count == 3)
        }
    }

    private func prune(_ play: Playground, _ body: String) async throws -> LeaseClient.Reply {
        let reply = try await LeaseClient(play: play).send("POST", "/v1/prune", body)
        try #require(reply.status == 200, "\(reply.body)")
        return reply
    }

    private func ids(_ reply: LeaseClient.Reply) -> [String] {
        guard case .array(let items)? = reply.body["snapshots"] else { return [] }
        return items.compactMap { $0["id"]?.text }
    }
}
