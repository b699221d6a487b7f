import Foundation
import Testing

@Suite struct `A volume over an image's own files` {
    /// A root whose shell and its loader live in the store, as in images that Nix makes.
    private func nixImage(_ play: Playground, _ name: String, _ more: String = "true") async throws {
        try await play.image(
            name,
            """
            mkdir -p nix/store/0-busybox/bin nix/var/db
            mv bin/busybox nix/store/0-busybox/bin/busybox
            ln -s /nix/store/0-busybox/bin/busybox bin/busybox
            echo 0-busybox > nix/var/db/registered
            \(more)
            """)
    }

    private let mounts = "[{volume: nix, paths: [/nix/store, /nix/var/db]}]"

    @Test func `shows the cached ones, keeps the image's, and the container starts`() async throws {
        try await Playground.open { play in
            try await nixImage(play, "nix")
            let first = try await play.step(
                "mkdir /nix/store/1-hello; echo hi > /nix/store/1-hello/out; echo 1-hello >> /nix/var/db/registered",
                mounts: mounts, image: "nix")
            #expect(first.exitCode == 0, "\(first.stderr) \(first.errorDetail(of: "s"))")
            let second = try await play.step(
                "ls /nix/store; cat /nix/var/db/registered /nix/store/1-hello/out", mounts: mounts,
                image: "nix")
            #expect(second.log(of: "s") == "0-busybox\n1-hello\n0-busybox\n1-hello\nhi\n")
        }
    }

    @Test func `is refused over nothing where the shell would vanish, with the file and the remedy`()
        async throws
    {
        try await Playground.open { play in
            try await nixImage(play, "nix")
            let run = try await play.step(
                "true", mounts: "[{volume: nix, path: /nix/store, over: empty}]", image: "nix")
            #expect(run.exitCode == 5 && run.error(of: "s") == "mount-invalid")
            let words = run.errorDetail(of: "s")
            #expect(
                words.contains("/nix/store/0-busybox/bin/busybox") && words.contains("over: image"),
                "\(words)")
            let tmpfs = try await play.step("true", mounts: "[{tmpfs: /bin}]", image: "nix")
            #expect(tmpfs.error(of: "s") == "mount-invalid" && tmpfs.errorDetail(of: "s").contains("/bin/sh"))
            let beside = try await play.step(
                "ls /nix/var/db", mounts: "[{volume: nix, path: /nix/var/db, over: empty}]", image: "nix")
            #expect(beside.exitCode == 0 && beside.log(of: "s") == "")
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `is used with another image where what it hides is the same there, else the next, else none`()
        async throws
    {
        try await Playground.open { play in
            try await nixImage(play, "one")
            try await nixImage(play, "same", "echo other > elsewhere")
            try await nixImage(play, "other", "echo more >> nix/var/db/registered")
            let script = "cat /nix/var/db/registered; echo mine >> /nix/var/db/registered"
            _ = try await play.step(script, mounts: mounts, image: "one")
            let same = try await play.step(script, mounts: mounts, image: "same")
            #expect(same.log(of: "s") == "0-busybox\nmine\n", "\(same.warnings("volume-not-used"))")
            let other = try await play.step(script, mounts: mounts, image: "other")
            #expect(other.log(of: "s") == "0-busybox\nmore\n")
            let reasons = other.warnings("volume-not-used")
            #expect(
                reasons.count == 2 && reasons.allSatisfy { $0.contains("/nix/var/db/registered") },
                "\(reasons)")
            #expect(other.volumes(of: "s") == ["empty", "saved"])
            let back = try await play.step("cat /nix/var/db/registered", mounts: mounts, image: "one")
            #expect(back.log(of: "s") == "0-busybox\nmine\nmine\n", "the next candidate")
            let again = try await play.step("cat /nix/var/db/registered", mounts: mounts, image: "other")
            #expect(again.log(of: "s") == "0-busybox\nmore\nmine\n")
        }
    }

    @Test func `lies over what a parent step installed there`() async throws {
        let pipeline = """
            version: 1
            image: busybox
            steps:
              - {key: base, run: mkdir -p /opt/store && echo tool > /opt/store/tool, network: none, cache: forever}
              - key: use
                from: base
                run: ls /opt/store; echo x > /opt/store/cached
                mounts: [{volume: store, path: /opt/store}]
                network: none
            """
        try await Playground.open { play in
            let first = try await play.run(pipeline)
            #expect(first.log(of: "use") == "tool\n", "\(first.stderr)")
            let second = try await play.run(pipeline)
            #expect(second.log(of: "use") == "cached\ntool\n")
        }
    }

    @Test func `is refused where links of the image lead somewhere else, and what is in the way is named`()
        async throws
    {
        try await Playground.open { play in
            try await play.image(
                "links", "ln -s /proc trap; ln -s /data a; ln -s data b; mkdir data; echo x > file")
            let trap = try await play.step("true", mounts: "[{volume: v, path: /trap/x}]", image: "links")
            #expect(
                trap.error(of: "s") == "mount-failed"
                    && trap.errorDetail(of: "s").contains("volume v: /trap/x"))
            let twice = try await play.step(
                "true", mounts: "[{volume: v, path: /a}, {volume: w, path: /b}]", image: "links")
            #expect(twice.error(of: "s") == "mount-invalid", "\(twice.errorDetail(of: "s"))")
            let file = try await play.step("true", mounts: "[{volume: v, path: /file}]", image: "links")
            #expect(file.errorDetail(of: "s").contains("volume v: the image has no directory there"))
            let good = try await play.step(
                "echo x > /a/y; ls /data", mounts: "[{volume: v, path: /a}]", image: "links")
            #expect(good.log(of: "s") == "y\n", "\(good.errorDetail(of: "s"))")
        }
    }
}
