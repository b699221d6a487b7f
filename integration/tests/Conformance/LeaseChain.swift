import API
import Client
import Foundation
import Linux
import TestSupport
import Testing

/// Steps one on the other, each run by the test in a lease of its own, and a plain directory on which the same was
/// done. What each layer shows must be what the plain directory had then.
final class LeaseChain {
    let play: Playground
    private let plain: String
    private(set) var snapshots: [String] = []
    private var listings: [TreeListing] = []

    /// On the image `bare`, and a project of a few old entries. The plain directory begins as what the first lease
    /// shows.
    static func open(_ body: (LeaseChain) async throws -> Void) async throws {
        try await Playground.open(image: false) { play in
            try await play.importBareImage()
            try await play.shell(
                """
                mkdir -p dir/sub; echo source > file; echo deep > dir/sub/file; echo same > dir/same
                find . -exec touch -h -d @1000000000.987654321 {} +
                """)
            try await play.registerProject()
            let chain = LeaseChain(play)
            let first = try await play.lease("first")
            try await Playground.succeed("cp -a '\(first.rootfs)' '\(chain.plain)'")
            try await play.client.discardLease(first.id)
            try await body(chain)
            #expect(try await play.leftovers() == [])
        }
    }

    private init(_ play: Playground) {
        self.play = play
        plain = play.root + "/plain"
    }

    var parent: String? { snapshots.last }

    /// Runs a script of the host's shell in the root of a new lease and in the plain directory, and commits the
    /// lease. What it changed gets one time in both.
    func step(_ script: String) async throws {
        let number = snapshots.count
        let timed = """
            \(script)
            find . -newermt 2020-01-01 -exec touch -h -d @\(1_000_000_001 + number).5 {} +
            """
        let lease = try await play.lease("step-\(number)", on: parent)
        let here = try await Playground.succeed(timed, in: plain)
        let there = try await Playground.succeed(timed, in: lease.rootfs)
        #expect(here.stdout == there.stdout, "step \(number) says something else in a lease")
        let listing = try Self.listing(plain)
        try Self.expectEqual(lease.rootfs, listing, "before the commit of step \(number)")
        snapshots.append(try await play.commit(lease))
        listings.append(listing)
    }

    /// Looks at every layer by a view of its snapshot.
    func expectEveryLayer(_ when: String) async throws {
        for (number, (snapshot, listing)) in zip(snapshots, listings).enumerated() {
            try await expect(snapshot, listing, "layer \(number), \(when)")
        }
    }

    func expectLast(_ when: String) async throws {
        guard let snapshot = snapshots.last, let listing = listings.last else { return }
        try await expect(snapshot, listing, when)
    }

    private func expect(_ snapshot: String, _ listing: TreeListing, _ place: String) async throws {
        let view = try await play.client.view(snapshot)
        try Self.expectEqual(view.rootfs, listing, place)
        try await play.client.discardLease(view.id)
    }

    /// Stops and starts the daemon, and looks at every layer before and after.
    func expectEveryLayerAndAfterRestart() async throws {
        try await expectEveryLayer("before a restart")
        await play.daemon.stop()
        try await play.daemon.start()
        try await expectEveryLayer("after a restart")
    }

    private static func expectEqual(_ root: String, _ listing: TreeListing, _ place: String) throws {
        #expect(try Self.listing(root).differences(from: listing) == [], "\(place)")
    }

    /// Without counts of links: a copy-up breaks them.
    private static func listing(_ root: String) throws -> TreeListing {
        try TreeListing(of: try Directory(opening: root)).without(links: true)
    }
}

extension Playground {
    /// Runs a script of the host's shell, which must succeed.
    @discardableResult
    static func succeed(_ script: String, in directory: String = "/") async throws -> Output {
        let output = try await shell(script, in: directory)
        try #require(output.status == 0, "\(script): \(output.stderr)")
        return output
    }
}
