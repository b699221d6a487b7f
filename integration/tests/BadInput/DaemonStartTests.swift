import Foundation
import Glibc
import Testing

@Suite struct `A daemon that can't serve` {
    private func varved(_ arguments: [String]) async throws -> Output {
        try await runProgram("timeout", ["20", Programs.varved, "--config", "/nonexistent"] + arguments)
    }

    @Test func `because another has its store leaves that one alone`() async throws {
        try await Playground.open { play in
            let second = try await varved(["--store", play.store, "--socket", play.root + "/second.sock"])
            #expect(second.status == 1)
            #expect(second.stderr.contains("error[store-locked]") && second.stderr.contains("fix:"))
            #expect(second.stderr.contains(play.store))
            #expect(try await play.varve(["image", "list"]).stdout.contains("busybox"))
        }
    }

    @Test func `because another answers on its socket leaves that one alone`() async throws {
        try await Playground.open { play in
            let second = try await varved(["--store", play.root + "/other", "--socket", play.socket])
            #expect(second.status == 1)
            #expect(second.stderr.contains("error[socket-in-use]"), "\(second.stderr)")
            #expect(!FileManager.default.fileExists(atPath: play.root + "/other"), "a store stays behind")
            #expect(try await play.varve(["image", "list"]).stdout.contains("busybox"))
        }
    }

    @Test func `because a foreign file is in its socket's place never removes it`() async throws {
        try await Playground.open(image: false) { play in
            try play.write("precious", "data")
            let second = try await varved(
                ["--store", play.root + "/other", "--socket", play.project + "/precious"])
            #expect(second.status == 1)
            #expect(second.stderr.contains("precious") && second.stderr.contains("fix:"), "\(second.stderr)")
            #expect(try String(contentsOfFile: play.project + "/precious", encoding: .utf8) == "data")
        }
    }

    @Test(
        arguments: [
            (["--frob"], "error[usage]"), (["--jobs", "many"], "error[configuration-invalid]"),
            (["--socket", "/nonexistent/a/b.sock"], "error[configuration-invalid]"),
            (["--socket", "/" + String(repeating: "s", count: 120)], "error[configuration-invalid]"),
            (["--runtime", "/nonexistent"], "error[runtime-missing]"),
            (["--seccomp-profile", "/nonexistent"], "error[configuration-invalid]"),
        ] as [([String], String)])
    func `for what it was given says so in one form, and leaves no store`(
        _ wrong: [String], _ code: String
    ) async throws {
        try await Playground.open(image: false) { play in
            let store = play.root + "/other"
            let socket = wrong.contains("--socket") ? [] : ["--socket", play.root + "/second.sock"]
            let second = try await varved(["--store", store] + socket + wrong)
            #expect(second.status == (code == "error[runtime-missing]" ? 1 : 2), "\(second.stderr)")
            #expect(second.stderr.contains(code) && second.stderr.contains("\n  fix: "), "\(second.stderr)")
            #expect(!FileManager.default.fileExists(atPath: store), "a store stays behind")
        }
    }

    @Test func `because it is not root says so`() async throws {
        try await Playground.open(image: false) { play in
            try await play.shell("chmod 777 .. .")
            let output = try await runProgram(
                "setpriv",
                [
                    "--reuid=12345", "--regid=12345", "--clear-groups", Programs.varved, "--config",
                    "/nonexistent", "--store", play.project + "/store", "--socket", play.project + "/sock",
                ])
            #expect(output.status == 1)
            #expect(output.stderr.contains("error[not-root]") && output.stderr.contains("sudo"))
        }
    }

    @Test func `because its store's file system carries no overlay layers says which would`() async throws {
        try await Playground.open(image: false) { play in
            let overlay = play.root + "/overlay"
            try await play.shell(
                """
                mkdir \(overlay) \(overlay).lower
                mount -t tmpfs tmpfs \(overlay) && mkdir \(overlay)/upper \(overlay)/work
                options=lowerdir=\(overlay).lower,upperdir=\(overlay)/upper,workdir=\(overlay)/work
                mount -t overlay overlay -o $options \(overlay)
                """)
            let output = try await varved(["--store", overlay + "/store", "--socket", play.root + "/s.sock"])
            try await play.shell("umount \(overlay) \(overlay)")
            #expect(output.status == 1, "\(output.stderr)")
            #expect(output.stderr.contains("error[overlay-unsupported]"), "\(output.stderr)")
            #expect(output.stderr.contains("ext4"), "\(output.stderr)")
        }
    }

    @Test func `for an unknown setting names the file and the line`() async throws {
        try await Playground.open(image: false) { play in
            try play.write("varved.toml", "jobs = 2\nsotre = \"/x\"\n")
            let output = try await runProgram(
                "timeout", ["20", Programs.varved, "--config", play.project + "/varved.toml"])
            #expect(output.status == 2, "\(output.stderr)")
            #expect(output.stderr.contains("sotre") && output.stderr.contains("2"), "\(output.stderr)")
        }
    }

    @Test func `lives beside another with a store and a socket of its own`() async throws {
        try await Playground.open { one in
            try await one.openAnother { two in
                let pipeline = """
                    version: 1
                    image: busybox
                    steps: [{key: a, run: 'echo begun; sleep 2; echo done', network: none}]
                    """
                let first = try one.start(pipeline)
                let second = try two.start(pipeline)
                try await first.line("begun", of: "a")
                try await second.line("begun", of: "a")
                await two.daemon.kill()
                try await two.daemon.start()
                #expect(try await first.end().log(of: "a") == "begun\ndone\n", "a sweep took another's step")
                second.signal(SIGKILL)
                #expect(try await two.run(pipeline).exitCode == 0)
            }
        }
    }
}
