import Foundation
import Testing

@Suite struct `A volume that is moved` {
    private let mounts = "[{volume: cache, paths: [/cache, /db], key: k1}]"

    /// Everything of two directories that `find` and friends can tell.
    private let look = """
        cd /
        find cache db | sort | while read f; do stat -c '%n %f %u:%g %h %s %Y %N' "$f"; done
        find cache db -type f | sort | xargs md5sum
        stat -c %b cache/sparse
        """

    @Test func `arrives with owners, modes, links, holes and times, on another machine`() async throws {
        try await Playground.open { play in
            let made = try await play.step(
                """
                cd /cache
                echo one > file; ln file second; ln -s file link; mkfifo pipe
                echo secret > private; chmod 4711 private; chown 1234:4321 private
                mkdir -p deep/er; chmod 1750 deep; touch -d '2001-02-03 04:05:06' deep/er
                dd if=/dev/zero of=sparse bs=1 count=1 seek=50000000 2>/dev/null
                printf 'name\\nwith newline' > 'odd name'
                echo row > /db/rows
                """, mounts: mounts, ["--workspace", "w"])
            #expect(made.exitCode == 0, "\(made.stderr) \(made.log(of: "s"))")
            let before = try await play.step(look, mounts: mounts, ["--workspace", "w"]).log(of: "s")
            let archive = play.root + "/cache.tar.zst"
            let export = try await play.varve(["volume", "export", "cache", archive, "--workspace", "w"])
            #expect(export.status == 0, "\(export.stderr)")
            let magic = try Data(contentsOf: URL(fileURLWithPath: archive)).prefix(4)
            #expect(Array(magic) == [0x28, 0xB5, 0x2F, 0xFD])
            try await play.openAnother { other in
                let arrived = try await other.varve([
                    "volume", "import", "cache", archive, "--workspace", "w",
                ])
                #expect(arrived.status == 0, "\(arrived.stderr)")
                let after = try await other.step(look, mounts: mounts, ["--workspace", "w"])
                #expect(after.log(of: "s") == before)
                let blocks = Int(before.split(separator: "\n").last ?? "") ?? .max
                #expect(blocks < 1000, "the hole is one")
                let twice = try await other.varve(["volume", "import", "cache", archive, "--workspace", "w"])
                #expect(twice.status == 5 && twice.stderr.contains("conflict"), "\(twice.stderr)")
            }
        }
    }

    @Test func `keeps what it hides of the image, and the facts under which it may be used`() async throws {
        let nix = "[{volume: store, path: /store}]"
        try await Playground.open { play in
            try await play.image(
                "one", "mkdir -p store/d; echo a > store/a; echo b > store/b; echo x > store/d/x")
            try await play.image(
                "two", "mkdir -p store/d; echo A > store/a; echo b > store/b; echo x > store/d/x")
            for script in [
                "rm /store/a; echo c > /store/c", "rm -r /store/d; mkdir /store/d; echo y > /store/d/y",
                "rm /store/c",
            ] {
                let run = try await play.step(script, mounts: nix, image: "one", ["--workspace", "w"])
                #expect(run.exitCode == 0, "\(run.stderr)")
            }
            let archive = play.root + "/store.tar.zst"
            #expect(
                try await play.varve(["volume", "export", "store", archive, "--workspace", "w"]).status == 0)
            let imported = try await play.varve(["volume", "import", "moved", archive, "--workspace", "w"])
            #expect(imported.status == 0, "\(imported.stderr)")
            let moved = "[{volume: moved, path: /store}]"
            let look = "cd /store; find . | sort; cat b d/y"
            let here = try await play.step(look, mounts: moved, image: "one", ["--workspace", "w"])
            #expect(here.log(of: "s") == ".\n./b\n./d\n./d/y\nb\ny\n", "\(here.warnings("volume-not-used"))")
            let there = try await play.step("ls /store", mounts: moved, image: "two", ["--workspace", "w"])
            #expect(there.log(of: "s") == "a\nb\nd\n" && there.warnings("volume-not-used").count == 1)
        }
    }

    @Test func `is refused when it is no volume, cut off, or leads out of its place`() async throws {
        try await Playground.open { play in
            _ = try await play.step("echo x > /cache/x", mounts: mounts, ["--workspace", "w"])
            let archive = play.root + "/good.tar.zst"
            #expect(
                try await play.varve(["volume", "export", "cache", archive, "--workspace", "w"]).status == 0)
            try await play.shell(
                """
                cd ..
                mkdir bad; cd bad
                head -c 200 ../good.tar.zst > cut.tar.zst
                mkdir -p tree/layers/0/0; echo x > tree/file
                tar -C tree -c file | zstd -q > foreign.tar.zst
                echo '{"format": 1, "targets": ["proc"], "over": "empty", "facts": [[[]]]}' > tree/varve-volume.json
                tar -C tree -c varve-volume.json layers | zstd -q > proc.tar.zst
                echo '{"format": 1, "targets": ["c"], "over": "empty", "facts": [[[]]]}' > tree/varve-volume.json
                mkdir tree/layers/0/other
                tar -C tree -c varve-volume.json layers | zstd -q > place.tar.zst
                rmdir tree/layers/0/other
                ln -s /etc tree/layers/0/0/out; tar -C tree -c varve-volume.json layers > link.tar
                rm tree/layers/0/0/out; mkdir tree/layers/0/0/out; echo x > tree/layers/0/0/out/passwd
                tar -C tree -rf link.tar layers/0/0/out/passwd; zstd -q link.tar
                rm -r tree/layers/0/0; ln -s /etc tree/layers/0/0
                tar -C tree -c varve-volume.json layers | zstd -q > place-link.tar.zst
                """)
            for name in ["cut", "foreign", "proc", "place", "link", "place-link"] {
                let path = "\(play.root)/bad/\(name).tar" + ".zst"
                let refused = try await play.varve(["volume", "import", "bad", path, "--workspace", "w"])
                #expect(
                    refused.status == 5 && refused.stderr.contains("archive-invalid"),
                    "\(name): \(refused.stderr)")
            }
            #expect(try await play.volumes().count == 1, "nothing of them is left")
            let none = try await play.varve(["volume", "export", "unknown", "-", "--workspace", "w"])
            #expect(none.status == 5 && none.stderr.contains("not-found"))
        }
    }
}
