import Foundation
import Linux
import TestSupport
import Testing

/// More layers than the kernel stacks are seen as one directory all the same.
@Suite struct DeepChainTests {
    /// What chains are squashed behind; half of it and a bit is left alone.
    private static let squashed = 64

    @Test func `600 layers are each what the same work leaves in a plain directory, also after a restart`()
        async throws
    {
        try await Playground.open { play in
            let chain = try await SnapshotChain.begin(in: play)
            for _ in 0..<600 { try await chain.grow() }
            await play.daemon.stop()
            try await play.daemon.start()
            for depth in [1, 2, 63, 64, 65, 127, 128, 129, 160, 161, 300, 499, 500, 501, 599, 600] {
                try await chain.expectView(depth)
            }
            let top = try await chain.leases.send("GET", "/v1/snapshots/\(chain.snapshots[599])")
            #expect(try #require(top.body["layers"]?.number) < 600)
            #expect(top.body["durable"] == .bool(true))
        }
    }

    @Test func `a daemon killed again and again while it squashes leaves every layer as it was`() async throws
    {
        try await Playground.open { play in
            let chain = try await SnapshotChain.begin(in: play)
            for depth in 1...(Self.squashed + 24) {
                try await chain.grow()
                guard depth > Self.squashed else { continue }
                // In the middle of what the commit has set going, or behind it.
                try await Task.sleep(for: .milliseconds((depth - Self.squashed) * 3))
                await play.daemon.kill()
                try await play.daemon.start()
            }
            for depth in stride(from: 1, through: chain.snapshots.count, by: 3) {
                try await chain.expectView(depth)
            }
            try await chain.expectView(chain.snapshots.count)
            // The rest of what was killed half-way is made good, and nothing of it stays.
            #expect(try await play.leftovers() == [])
        }
    }
}

/// Snapshots that each stand on the one before, made by leases; every change is made to plain directories too.
private final class SnapshotChain {
    let leases: LeaseClient
    private(set) var snapshots: [String] = []
    private var random = SplitMix(seed: 600)
    /// What `/data` and the workspace were after each snapshot.
    private var expected: [[TreeListing]]
    private let plain: [String]

    private init(_ leases: LeaseClient, plain: [String]) throws {
        self.leases = leases
        self.plain = plain
        expected = [try plain.map(Self.listing)]
    }

    static func begin(in play: Playground) async throws -> SnapshotChain {
        try await play.shell(
            "mkdir -p src/lib; echo one > src/one; echo two > src/lib/two; ln -s one src/link")
        let plain = ["data", "workspace"].map { "\(play.root)/plain/\($0)" }
        try await play.shell("mkdir -p \(plain[0]); cp -a . \(plain[1])")
        let leases = LeaseClient(play: play)
        try await leases.register()
        return try SnapshotChain(leases, plain: plain)
    }

    /// Makes the next snapshot, having looked at what it starts from.
    func grow() async throws {
        let depth = snapshots.count
        let lease = try await leases.lease("layer \(depth)", key: "layer-\(depth)", parent: snapshots.last)
        try #require(lease.status == 201, "layer \(depth): \(lease.body)")
        let places = [lease["rootfs"] + "/data", lease["workspace"]]
        if depth == 0 {
            try FileManager.default.createDirectory(atPath: places[0], withIntermediateDirectories: true)
        }
        try expect(places, are: depth)
        for (place, twin) in zip(places, plain) {
            let work = changes()
            for directory in [place, twin] {
                let done = try await Playground.shell(work, in: directory)
                try #require(done.status == 0, "\(work): \(done.stderr)")
            }
        }
        expected.append(try plain.map(Self.listing))
        let commit = try await leases.commit(lease["id"])
        try #require(commit.status == 200, "layer \(depth): \(commit.body)")
        snapshots.append(commit["snapshot"])
    }

    /// Looks at the snapshot that is `depth` layers deep through a view of it.
    func expectView(_ depth: Int) async throws {
        let view = try await leases.send("POST", "/v1/leases", "{\"view\": \"\(snapshots[depth - 1])\"}")
        try #require(view.status == 201, "\(depth): \(view.body)")
        try expect([view["rootfs"] + "/data", view["workspace"]], are: depth)
        #expect(try await leases.discard(view["id"]).status == 204)
    }

    private func expect(_ places: [String], are depth: Int) throws {
        for (place, wanted) in zip(places, expected[depth]) {
            #expect(try Self.listing(place).differences(from: wanted) == [], "\(place) at depth \(depth)")
        }
    }

    /// Links are another matter: what squashed layers share with others counts as one.
    private static func listing(_ path: String) throws -> TreeListing {
        try TreeListing(of: Directory(opening: path)).without(times: true, links: true)
    }

    /// A script of a few changes that means the same wherever the same was before.
    private func changes() -> String {
        let text = "\(random.next() % 1000)"
        return (0..<3).map { _ in
            let (folder, name) = ("d\(random.next() % 4)", "f\(random.next() % 4)")
            return random.one(
                of: """
                    [ -d \(folder) ] || rm -f \(folder)
                    mkdir -p \(folder); rm -rf \(folder)/\(name); echo \(text) > \(folder)/\(name)
                    """,
                "rm -rf \(folder)",
                "rm -rf \(folder); mkdir \(folder); echo anew > \(folder)/\(name)",
                "[ ! -f \(folder)/\(name) ] || chmod 75\(random.next() % 8) \(folder)/\(name)",
                "[ ! -d \(folder) ] || { rm -rf moved; cp -a \(folder) moved; rm -r \(folder); }",
                "rm -rf \(folder); ln -s \(text) \(folder)",
                "rm -rf \(folder); echo \(text) > \(folder)",
                "[ ! -f src/one ] || echo \(text) >> src/one",
                "rm -rf src/lib; mkdir -p src/lib/\(name)")
        }.joined(separator: "\n")
    }
}
