import API
import Client
import Foundation
import Model
import TestSupport
import Testing

/// A store on a file system whose disk loses power: the writes of a loop device are recorded with their flushes, and the
/// disk is taken back to what it may have held at a random moment.
///
/// Needs no device-mapper, which not every kernel has: a recorded log is replayed.
@Suite struct `A store whose disk loses power` {
    /// How many file systems are looked at that come back at all.
    private static let cuts = ProcessInfo.processInfo.environment["VARVE_POWER_CUTS"].flatMap(Int.init) ?? 10

    private static let pipeline = """
        version: 1
        image: busybox
        steps:
          - {key: base, run: "echo base > /base; seq 20000 > numbers", cache: forever, network: none}
          - {key: use, from: base, run: "cat a.txt /base > used", cache: workspace, network: none}
          - {key: result, from: use, run: "cat used; wc -l < numbers", network: none}
        """

    @Test(.enabled("mkfs.ext4 is not installed") { try await RecordedDisk.canMake("ext4") })
    func `with ext4 on it has what was durable, nothing half, and goes on`() async throws {
        try await loseAndCheck("ext4")
    }

    @Test(.enabled("mkfs.xfs is not installed") { try await RecordedDisk.canMake("xfs") })
    func `with xfs on it has what was durable, nothing half, and goes on`() async throws {
        try await loseAndCheck("xfs")
    }

    private func loseAndCheck(_ fileSystem: String) async throws {
        try await Playground.open(image: false) { play in
            await play.daemon.stop()
            let disk = try await RecordedDisk(in: play, fileSystem: fileSystem)
            do {
                let durable = try await fill(play, disk)
                try await disk.stop()
                var random = SplitMix(seed: 99)
                var (whole, withDurable) = (0, 0)
                let first = try #require(durable.map(\.moment).min())
                // What a cut left may be no whole file system: then there is nothing to look at.
                for cut in 0..<Self.cuts * 2 where whole < Self.cuts {
                    // Every second one comes when something has to be there; the others come at any time.
                    let earliest = cut.isMultiple(of: 2) ? first : disk.begin
                    let moment = Int.random(in: earliest...disk.end, using: &random)
                    if try await disk.mount(asAt: moment, seed: cut) {
                        let there = durable.filter { $0.moment <= moment }.map(\.snapshot)
                        whole += 1
                        withDurable += there.isEmpty ? 0 : 1
                        try await check(play, there, "cut at \(moment)")
                    }
                    try await disk.unmount()
                }
                #expect(whole == Self.cuts, "only \(whole) of \(Self.cuts * 2) file systems came back")
                #expect(withDurable * 4 >= whole, "only \(withDurable) of \(whole) had to have something")
            } catch {
                await play.daemon.stop()
                try? await disk.unmount()
                try? await disk.stop()
                throw error
            }
        }
    }

    /// What was said to be durable, and how much had been written by then.
    private func fill(_ play: Playground, _ disk: RecordedDisk) async throws -> [(
        snapshot: String, moment: Int
    )] {
        try await disk.mount()
        try await play.daemon.start()
        try await Busybox.makeRoot(play.root + "/busybox")
        disk.begin = try disk.written()
        let imported = try await play.varve(["image", "import", "busybox", play.root + "/busybox"])
        try #require(imported.status == 0, "\(imported.stderr)")
        var durable: [(snapshot: String, moment: Int)] = []
        for round in 0..<4 {
            try play.write("a.txt", "source \(round)\n")
            let result = try await play.run(Self.pipeline)
            try #require(result.exitCode == 0, "\(result.stderr)")
            if round == 1 {
                try await play.awaitNone("not durable") {
                    try await play.client.snapshots().items.filter { !$0.isDurable }.map(\.id)
                }
            }
            for snapshot in try await play.client.snapshots().items where snapshot.isDurable {
                if !durable.contains(where: { $0.snapshot == snapshot.id }) {
                    durable.append((snapshot.id, try disk.written()))
                }
            }
        }
        #expect(durable.count >= 4, "nothing became durable")
        await play.daemon.kill()
        disk.end = try disk.written()
        try await disk.unmount()
        return durable
    }

    private func check(_ play: Playground, _ durable: [String], _ occasion: String) async throws {
        // The store was last in order in another boot than this one, which a test can't change.
        let catalog = play.store + "/catalog.sqlite"
        if FileManager.default.fileExists(atPath: catalog) {
            let entered = try await runProgram(
                "sqlite3",
                [catalog, "PRAGMA foreign_keys=OFF; UPDATE store SET boot = 'before' WHERE boot IS NOT NULL"])
            #expect(entered.status == 0, "\(occasion): \(entered.stderr)")
        }
        try await play.daemon.start()
        let there = Set(try await play.client.snapshots().items.map(\.id))
        for snapshot in durable {
            #expect(there.contains(snapshot), "\(occasion): durable \(snapshot) is gone")
        }
        let imported = try await play.varve(["image", "import", "busybox", play.root + "/busybox"])
        #expect(imported.status == 0, "\(occasion): \(imported.stderr)")
        try play.write("a.txt", "source 2\n")
        let result = try await play.run(Self.pipeline)
        #expect(result.log(of: "result") == "source 2\nbase\n20000\n", "\(occasion): \(result.stderr)")
        if !durable.isEmpty { #expect(result.status(of: "base") == "cache_hit", "\(occasion)") }
        try await CrashWorkload.expectSound(play, occasion)
        await play.daemon.stop()
    }
}
