import Foundation
import Testing

@Suite struct `A step's outputs` {
    private func pipeline(_ command: String, outputs: String = "[dist/]") -> String {
        """
        version: 1
        image: busybox
        steps:
          - key: build
            run: |
              \(command)
            cache: {on_change: [src.txt]}
            outputs: \(outputs)
            network: none
        """
    }

    private let build =
        "mkdir -p dist/bin && cp src.txt dist/app && echo tool > dist/bin/tool && chmod 755 dist/bin/tool"

    @Test func `come out of a run, and of every hit after it`() async throws {
        try await Playground.open { play in
            try play.write("src.txt", "one\n")
            let first = try await play.run(pipeline(build))
            #expect(first.status(of: "build") == "passed", "\(first.stderr)")
            let copied = "find dist -type f | sort | xargs stat -c '%n %a' && cat dist/app"
            let expected = "dist/app 644\ndist/bin/tool 755\none\n"
            #expect(try await play.shell(copied).stdout == expected)
            // What was copied out is no source: it changes nothing about the next runs.
            for _ in 0..<2 {
                #expect(try await play.run(pipeline(build)).status(of: "build") == "cache_hit")
            }
            try play.remove("dist")
            #expect(try await play.run(pipeline(build)).status(of: "build") == "cache_hit")
            #expect(try await play.shell(copied).stdout == expected)
            try play.write("dist/app", "spoilt\n")
            #expect(try await play.run(pipeline(build)).status(of: "build") == "cache_hit")
            #expect(try await play.shell(copied).stdout == expected)
        }
    }

    @Test func `are what an ancestor wrote too`() async throws {
        try await Playground.open { play in
            try play.write("src.txt", "one\n")
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: make, run: mkdir dist && echo made > dist/made, cache: forever, network: none}
                  - {key: pack, from: make, run: echo packed > dist/packed, outputs: [dist/], network: none}
                """)
            #expect(run.exitCode == 0, "\(run.stderr)")
            #expect(try await play.shell("cat dist/made dist/packed").stdout == "made\npacked\n")
        }
    }

    @Test func `never touch what comes from the source`() async throws {
        try await Playground.open { play in
            try play.write("src.txt", "one\n")
            try play.write("lib/source.txt", "source\n")
            try play.write("lib/removed.txt", "still here\n")
            let look = "stat -c '%i %Y %n' lib/source.txt lib/removed.txt"
            let before = try await play.shell(look).stdout
            let run = try await play.run(
                pipeline("echo made > lib/made.txt; rm lib/removed.txt", outputs: "[lib/]"))
            #expect(run.exitCode == 0, "\(run.stderr)")
            #expect(try await play.shell("cat lib/made.txt").stdout == "made\n")
            #expect(try await play.shell(look).stdout == before)
        }
    }

    @Test func `are nothing outside the workspace, whatever links the step made`() async throws {
        try await Playground.open { play in
            try play.write("src.txt", "one\n")
            let run = try await play.run(
                pipeline(
                    "mkdir dist && ln -s /etc/passwd dist/link && ln -s /etc out && ln -s ../.. dist/up",
                    outputs: "[dist/, out/passwd, out/hostname]"))
            #expect(run.exitCode == 0, "\(run.stderr)")
            #expect(try await play.shell("readlink dist/link dist/up").stdout == "/etc/passwd\n../..\n")
            let made = try await play.shell("find . -mindepth 1 | sort").stdout
            #expect(made == "./dist\n./dist/link\n./dist/up\n./src.txt\n")
        }
    }

    @Test func `follow no link out of the caller's directory`() async throws {
        try await Playground.open { play in
            try play.write("src.txt", "one\n")
            try await play.shell("mkdir ../outside && ln -s ../outside dist")
            let run = try await play.run(pipeline("rm -f dist && \(build)"))
            #expect(run.exitCode == 5, "\(run.stderr)")
            #expect(run.status(of: "build") == "error" && run.error(of: "build") == "output-failed")
            let error = run.events("step_end", of: "build").first?["error"]
            #expect(error?["detail"]?.text?.contains("dist") == true)
            #expect(try await play.shell("ls -A ../outside").stdout == "")
        }
    }

    @Test func `replace a link of their name, and not what it points at`() async throws {
        try await Playground.open { play in
            try play.write("src.txt", "one\n")
            try await play.shell("echo precious > ../precious; mkdir dist; ln -s ../../precious dist/app")
            try play.write(".gitignore", "dist/\n")
            let run = try await play.run(pipeline(build))
            #expect(run.exitCode == 0, "\(run.stderr)")
            #expect(try await play.shell("cat ../precious dist/app").stdout == "precious\none\n")
        }
    }

    @Test func `that can't be written are an error that says so, and the next run works`() async throws {
        try await Playground.open { play in
            try play.write("src.txt", "one\n")
            let run = try await onReadOnlyProject(play) { try await play.run(pipeline(build)) }
            #expect(run.exitCode == 5, "\(run.stderr)")
            #expect(run.status(of: "build") == "error" && run.error(of: "build") == "output-failed")
            let error = run.events("step_end", of: "build").first?["error"]
            #expect(error?["fix"]?.text?.contains("writable") == true, "\(String(describing: error))")
            // What the step left is its snapshot all the same.
            let copy = try await play.varve(["cp", "build:dist/app", play.project + "/../copied"])
            #expect(copy.status == 0, "\(copy)")
            let next = try await play.run(pipeline(build))
            #expect(next.exitCode == 0, "\(next.stderr)")
            #expect(try await play.shell("cat dist/app").stdout == "one\n")
        }
    }

    /// Root may write into any directory; nobody can into a read-only mount.
    private func onReadOnlyProject(
        _ play: Playground, _ body: () async throws -> RunResult
    ) async throws -> RunResult {
        try await play.shell("mount --bind . . && mount -o remount,bind,ro \(play.project)")
        let result: Result<RunResult, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        // The daemon may hold the directory for a moment after the run's end.
        let unmounted = try await Playground.shell("umount --lazy \(play.project)", in: "/")
        #expect(unmounted.status == 0, "\(unmounted.stderr)")
        return try result.get()
    }
}
