import Foundation
import Testing

/// Twenty steps of one run that have a volume at the same time.
@Suite struct `Parallel steps on one volume` {
    private static let count = 20

    /// All are at the gate together, so that each has forked before the first is done.
    private func run(_ play: Playground, write: String, _ script: (Int) -> String) async throws -> RunResult {
        let gate = StepGate()
        let steps = (0..<Self.count).map { number in
            """
              - key: s\(number)
                run: \(script(number)); \(gate.script)
                network: none
                mounts: [{volume: cache, paths: [/cache, /db], write: \(write)}]
            """
        }
        let running = try play.start(
            "version: 1\nimage: busybox\nsteps:\n" + steps.joined(separator: "\n"), ["-j", "\(Self.count)"])
        for number in 0..<Self.count { try await gate.reached(by: running, in: "s\(number)") }
        try await gate.open(on: play)
        let run = try await running.end()
        #expect(run.exitCode == 0, "\(run.stderr)")
        return run
    }

    private func content(_ play: Playground) async throws -> [String] {
        let run = try await play.step(
            "cd /cache; for f in *; do [ -e $f ] || continue; cat $f; done; cd /db; ls",
            mounts: "[{volume: cache, paths: [/cache, /db], write: never}]")
        return run.log(of: "s").split(separator: "\n").map(String.init)
    }

    @Test func `lose nothing with union, and see nothing of each other`() async throws {
        try await Playground.open { play in
            _ = try await play.step(
                "echo base > /cache/base", mounts: "[{volume: cache, paths: [/cache, /db]}]")
            let run = try await run(play, write: "union") {
                "ls /cache; echo n\($0) > /cache/f\($0); touch /db/f\($0)"
            }
            for number in 0..<Self.count {
                #expect(run.log(of: "s\(number)").hasPrefix("base\nwaiting"))
                #expect(run.volumes(of: "s\(number)") == ["attached", "saved"])
            }
            let files = (0..<Self.count).map { "f\($0)" }.sorted()
            let values = (["base"] + files.map { $0.replacing("f", with: "n") })
            #expect(Set(try await content(play)) == Set(values + files))
            #expect(run.warnings("volume-conflict").isEmpty)
        }
    }

    @Test func `with union name what two changed, and the last one counts`() async throws {
        try await Playground.open { play in
            let run = try await run(play, write: "union") { "echo n\($0) > /cache/same; touch /db/f\($0)" }
            let warnings = run.warnings("volume-conflict")
            #expect(warnings.count == Self.count - 1)
            #expect(warnings.allSatisfy { $0.contains("/cache/same") && !$0.contains("/db") }, "\(warnings)")
            let content = try await content(play)
            #expect(content.count == 1 + Self.count && content[0].hasPrefix("n"))
        }
    }

    @Test func `with last leave what one of them saw at its end`() async throws {
        try await Playground.open { play in
            let run = try await run(play, write: "last") { "echo n\($0) > /cache/f\($0); touch /db/f\($0)" }
            let content = try await content(play)
            let file = try #require(content.last)
            #expect(content == [file.replacing("f", with: "n"), file], "files and database are of one step")
            #expect((0..<Self.count).allSatisfy { run.volumes(of: "s\($0)") == ["empty", "saved"] })
        }
    }

    @Test func `with never leave nothing`() async throws {
        try await Playground.open { play in
            let run = try await run(play, write: "never") { "echo n\($0) > /cache/f\($0); touch /db/f\($0)" }
            #expect((0..<Self.count).allSatisfy { run.volumes(of: "s\($0)") == ["empty", "unchanged"] })
            #expect(try await content(play) == [])
            #expect(try await play.volumes().isEmpty)
        }
    }
}
