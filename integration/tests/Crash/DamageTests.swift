import API
import Client
import Foundation
import Glibc
import TestSupport
import Testing

/// What hands and broken disks do to a store: found, named, and mended or fenced off.
@Suite struct `A store that was damaged` {
    private static let pipeline = """
        version: 1
        image: busybox
        steps:
          - {key: base, run: "echo base > /base; mkdir /d; echo 1 > /d/1", cache: forever, network: none}
          - {key: use, from: base, run: "cat /base a.txt > /use", cache: workspace, network: none}
          - {key: result, from: use, run: "cat /use", network: none}
        """

    /// A store with a run in it, its daemon stopped in good order.
    private func open(_ body: (Playground) async throws -> Void) async throws {
        try await Playground.open { play in
            try play.write("a.txt", "source\n")
            try #require(try await play.run(Self.pipeline).exitCode == 0)
            await play.daemon.stop()
            try await body(play)
        }
    }

    private func doctor(_ play: Playground, _ more: String...) async throws -> Output {
        try await play.varve(["doctor", "--store", play.store] + more)
    }

    /// The layer of a step's own changes outside its workspace.
    private func layer(of step: String, in play: Playground) async throws -> String {
        let output = try await runProgram(
            "sqlite3",
            [play.store + "/catalog.sqlite", "SELECT own_system FROM snapshot WHERE step = '\(step)'"])
        return try #require(output.lines.first, "\(output.stderr)")
    }

    /// The daemon starts, and the pipeline's result is right.
    private func expectRight(_ play: Playground, base: String) async throws {
        try await play.daemon.start()
        let imported = try await play.varve(["image", "import", "busybox", play.root + "/busybox"])
        #expect(imported.status == 0, "\(imported.stderr)")
        let result = try await play.run(Self.pipeline)
        #expect(result.exitCode == 0, "\(result.stderr)")
        #expect(result.log(of: "result") == "base\nsource\n")
        #expect(result.status(of: "base") == base)
        #expect(try await play.run(Self.pipeline).status(of: "use") == "cache_hit")
        await play.daemon.stop()
        let sound = try await doctor(play)
        #expect(!sound.stdout.contains("missing:") && !sound.stdout.contains("altered:"), "\(sound.stdout)")
    }

    @Test func `in order is found to be so, beside its daemon and without`() async throws {
        try await open { play in
            let alone = try await doctor(play)
            #expect(alone.stdout.contains("are as they were committed"), "\(alone.stdout)")
            #expect(!alone.stdout.contains("fix: stop varved"), "\(alone.stdout)")
            try await play.daemon.start()
            let beside = try await doctor(play)
            #expect(beside.stdout.contains("are as they were committed"), "\(beside.stdout)")
            let refused = try await doctor(play, "--repair")
            #expect(refused.status == 1 && refused.stdout.contains("store-locked"), "\(refused.stdout)")
        }
    }

    @Test func `by taking a layer away is mended by the next start, and by the doctor`() async throws {
        for isMended in [false, true] {
            try await open { play in
                let layer = try await layer(of: "base", in: play)
                try FileManager.default.removeItem(atPath: "\(play.store)/layers/\(layer)")
                let said = try await doctor(play)
                #expect(
                    said.status == 1 && said.stdout.contains("missing: layers/\(layer)"), "\(said.stdout)")
                if isMended {
                    let mended = try await doctor(play, "--repair")
                    #expect(
                        mended.status == 0 && mended.stdout.contains("given up: snapshot"), "\(mended.stdout)"
                    )
                }
                try await expectRight(play, base: "passed")
            }
        }
    }

    @Test func `by emptying a layer or taking a part of it is found, and never taken for a hit`() async throws
    {
        try await open { play in
            let layer = "\(play.store)/layers/\(try await layer(of: "base", in: play))"
            for name in ["base", "d"] { try FileManager.default.removeItem(atPath: "\(layer)/\(name)") }
            let said = try await doctor(play)
            #expect(said.status == 1 && said.stdout.contains("altered: layers/"), "\(said.stdout)")
            try await play.daemon.start()
            let result = try await play.run(Self.pipeline)
            #expect(result.log(of: "result") == "base\nsource\n", "an empty layer was used")
            #expect(result.reason(of: "base") == "snapshot-damaged")
        }
        try await open { play in
            let layer = try await layer(of: "base", in: play)
            try FileManager.default.removeItem(atPath: "\(play.store)/layers/\(layer)/d/1")
            #expect(try await doctor(play).stdout.contains("layers/\(layer) has 2 entries instead of 3"))
            let mended = try await doctor(play, "--repair")
            #expect(mended.status == 0, "\(mended.stdout)")
            let aside = try FileManager.default.contentsOfDirectory(atPath: play.store + "/aside")
            #expect(aside == ["layers-\(layer)"], "what was altered is gone")
            try await expectRight(play, base: "passed")
        }
    }

    @Test func `by other content in a layer is found, and set aside`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "source\n")
            try #require(try await play.run(Self.pipeline).exitCode == 0)
            // Taken once the layers are safe on the disk.
            try await eventually("no layer is without a fingerprint") {
                let left = "SELECT COUNT(*) FROM layer WHERE fingerprint IS NULL"
                return try await runProgram("sqlite3", [play.store + "/catalog.sqlite", left]).lines == ["0"]
            }
            await play.daemon.stop()
            let layer = try await layer(of: "base", in: play)
            #expect(try await doctor(play).stdout.contains(" are as they were committed\n"))
            // As many bytes as before, and as many entries.
            try Data("bent\n".utf8).write(to: URL(fileURLWithPath: "\(play.store)/layers/\(layer)/base"))
            let said = try await doctor(play)
            #expect(
                said.status == 1 && said.stdout.contains("altered: layers/\(layer) has entries of other"),
                "\(said.stdout)")
            let mended = try await doctor(play, "--repair")
            #expect(mended.status == 0, "\(mended.stdout)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: play.store + "/aside")
                    == ["layers-\(layer)"])
            try await expectRight(play, base: "passed")
        }
    }

    @Test func `by a flipped byte anywhere in its catalog is found and mended, or is not hurt`() async throws
    {
        try await open { play in
            let path = play.store + "/catalog.sqlite"
            _ = try await runProgram("sqlite3", [path, "PRAGMA wal_checkpoint(TRUNCATE)"])
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try FileManager.default.createDirectory(
                atPath: play.root + "/copy", withIntermediateDirectories: true)
            let copied = try await Playground.shell("cp -a '\(play.store)/.' '\(play.root)/copy'", in: "/")
            try #require(copied.status == 0)
            var found = 0
            for step in 0..<12 {
                var bytes = whole
                bytes[(step * 7919 * 13) % bytes.count] ^= 0x10
                try bytes.write(to: URL(fileURLWithPath: path))
                let said = try await doctor(play)
                let isFound = said.stdout.contains("the catalog is damaged")
                if isFound { found += 1 }
                if isFound {
                    let mended = try await doctor(play, "--repair")
                    #expect(mended.status == 0 && mended.stdout.contains("made again"), "\(mended.stdout)")
                }
                try await play.daemon.start()
                let result = try await play.run(Self.pipeline)
                #expect(
                    result.log(of: "result") == "base\nsource\n",
                    "byte \(step): \(said.stdout) \(result.stderr)")
                if isFound { #expect(result.status(of: "base") == "cache_hit", "\(said.stdout)") }
                await play.daemon.stop()
                let restored = try await Playground.shell(
                    "rm -rf '\(play.store)'; cp -a '\(play.root)/copy' '\(play.store)'", in: "/")
                try #require(restored.status == 0)
            }
            #expect(found > 0, "no flipped byte was found")
        }
    }

    @Test func `by losing its catalog is not begun anew, and gets it back from its records`() async throws {
        try await open { play in
            for end in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: play.store + "/catalog.sqlite" + end)
            }
            let refused = try await runProgram(
                Programs.varved,
                ["--store", play.store, "--socket", play.socket, "--config", "/nonexistent"])
            #expect(refused.status == 1 && refused.stderr.contains("store-damaged"), "\(refused.stderr)")
            #expect(refused.stderr.contains("doctor --store \(play.store) --repair"))
            let mended = try await doctor(play, "--repair")
            #expect(mended.status == 0 && mended.stdout.contains("made again"), "\(mended.stdout)")
            try await expectRight(play, base: "cache_hit")
        }
    }

    @Test func `with foreign files in it works, names them and leaves them alone`() async throws {
        try await open { play in
            let foreign = [
                "notes.txt", "layers/notes.txt", "layers/007/x", "active/mine/x", "records/snapshot/NOTES",
            ]
            for name in foreign {
                let url = URL(fileURLWithPath: play.store + "/" + name)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("mine".utf8).write(to: url)
            }
            try FileManager.default.createDirectory(
                atPath: play.store + "/layers/99999", withIntermediateDirectories: true)
            let said = try await doctor(play, "--repair")
            #expect(said.status == 0, "\(said.stdout)")
            for name in [
                "notes.txt", "layers/notes.txt", "layers/007", "active/mine", "records/snapshot/NOTES",
            ] {
                #expect(said.stdout.contains(name), "\(name) is not named: \(said.stdout)")
            }
            #expect(said.stdout.contains("set aside, as nobody knows them: layers/99999"), "\(said.stdout)")
            try await expectRight(play, base: "cache_hit")
            for name in foreign {
                #expect(FileManager.default.fileExists(atPath: play.store + "/" + name), "\(name) is gone")
            }
            #expect(FileManager.default.fileExists(atPath: play.store + "/aside/layers-99999"))
        }
    }

    @Test func `whose leases were unmounted by hand ends them, and leaves nothing`() async throws {
        try await Playground.open(image: false) { play in
            try await play.importBareImage()
            try play.write("a.txt", "source\n")
            try await play.registerProject()
            let lease = try await play.lease("unmounted")
            await play.daemon.kill()
            let unmounted = try await Playground.shell(
                "umount -R '\(lease.rootfs)'", in: "/")
            try #require(unmounted.status == 0, "\(unmounted.stderr)")
            try await play.daemon.start()
            #expect(try await play.client.leases().items.isEmpty)
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `has mounts that were left named, and taken away by a repair, but never one in use`()
        async throws
    {
        try await open { play in
            try await play.daemon.start()
            let id = try await play.client.info().storeId
            await play.daemon.stop()
            let place = "/run/varve/mounts/\(id)"
            let made = try await Playground.shell(
                """
                for name in over used; do
                    mkdir -p '\(place)'/$name/rootfs
                    mount -t tmpfs none '\(place)'/$name/rootfs
                    touch '\(place)'/$name/rootfs/inside
                done
                """, in: "/")
            #expect(made.status == 0, "\(made.stderr)")
            let holder = try Holder("echo ready; exec sleep 1000", in: "\(place)/used/rootfs")
            try holder.awaitReady()
            let said = try await doctor(play)
            #expect(said.stdout.contains("left by steps that are over"), "\(said.stdout)")
            for name in ["over", "used"] {
                #expect(said.stdout.contains("\(place)/\(name)"), "\(said.stdout)")
                let inside = "\(place)/\(name)/rootfs/inside"
                #expect(FileManager.default.fileExists(atPath: inside), "who only looks changes nothing")
            }
            let repaired = try await doctor(play, "--repair")
            #expect(repaired.status == 0, "\(repaired.stdout)")
            #expect(!repaired.stdout.contains("\(place)/over"), "\(repaired.stdout)")
            #expect(!FileManager.default.fileExists(atPath: "\(place)/over"))
            #expect(repaired.stdout.contains("\(place)/used"), "\(repaired.stdout)")
            #expect(FileManager.default.fileExists(atPath: "\(place)/used/rootfs/inside"))
            holder.end()
            let again = try await doctor(play, "--repair")
            #expect(again.status == 0 && !again.stdout.contains(place), "\(again.stdout)")
            #expect(!FileManager.default.fileExists(atPath: "\(place)/used"))
            let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
            #expect(!mounts.contains(place))
            _ = try await Playground.shell(
                """
                for name in over used; do umount '\(place)'/$name/rootfs 2>/dev/null || true; done
                rm -rf --one-file-system '\(place)'
                """, in: "/")
        }
    }

    @Test(arguments: ["varve", "varve.slice/varve"])
    func
        `has control groups of steps that are over taken away, wherever its daemon was, and never one in use`(
            parent: String
        ) async throws
    {
        try await open { play in
            try await play.daemon.start()
            let id = try await play.client.info().storeId
            await play.daemon.stop()
            let groups = try await Playground.shell(
                """
                for root in /sys/fs/cgroup /sys/fs/cgroup/pids; do
                    [ -f $root/cgroup.procs ] || continue
                    mkdir -p $root/\(parent)/\(id)/over/inner $root/\(parent)/\(id)/used
                    echo $root/\(parent)/\(id)
                    break
                done
                """, in: "/")
            let group = try #require(groups.lines.first, "\(groups.stderr)")
            let holder = try Holder(
                "echo $$ > '\(group)/used/cgroup.procs'; echo ready; exec sleep 1000", in: "/")
            try holder.awaitReady()
            #expect(try await doctor(play).stdout.contains("control group \(parent)/\(id)/over"))
            let repaired = try await doctor(play, "--repair")
            #expect(!repaired.stdout.contains("\(id)/over"), "\(repaired.stdout)")
            #expect(!FileManager.default.fileExists(atPath: group + "/over"))
            #expect(FileManager.default.fileExists(atPath: group + "/used"))
            holder.end()
            _ = try await doctor(play, "--repair")
            #expect(!FileManager.default.fileExists(atPath: group + "/used"))
            _ = try await Playground.shell("rmdir -p '\(group)' 2>/dev/null || true", in: "/")
        }
    }
}
