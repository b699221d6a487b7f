import Foundation
import TestSupport
import Testing

/// The catalog refuses every new layer, as it does on a full disk; what was made for it is already in the store then.
@Suite struct `A layer that can't be put on record` {
    private func pipeline(_ key: String, _ command: String, mounts: String = "[]") -> String {
        """
        version: 1
        image: busybox
        steps: [{key: \(key), run: '\(command)', cache: forever, network: none, mounts: \(mounts)}]
        """
    }

    private func layers(_ play: Playground) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: play.store + "/layers").sorted()
    }

    private func change(_ play: Playground, _ sql: String) async throws {
        let output = try await play.shell(
            "sqlite3 -cmd '.timeout 30000' '\(play.store)/catalog.sqlite' \"\(sql)\"")
        #expect(output.status == 0, "\(output.stderr)")
    }

    @Test func `takes no room, whatever made it, and the next one is kept`() async throws {
        try await Playground.open { play in
            try play.write("file", "1")
            let volume = "[{volume: cache, path: /cache}]"
            #expect(
                try await play.run(pipeline("first", "echo 1 > /made; echo 1 > /cache/x", mounts: volume))
                    .exitCode == 0)
            let before = try layers(play)
            try await change(
                play,
                "CREATE TRIGGER refused BEFORE INSERT ON layer BEGIN SELECT RAISE(ABORT, 'refused'); END")
            let attempts: [(what: String, attempt: () async throws -> (status: Int, words: String))] = [
                ("a step", { try await run(play, "echo 2 > /made; echo 2 > made") }),
                ("a volume", { try await run(play, "echo 2 > /cache/x; echo 2 > /made", mounts: volume) }),
                (
                    "an image",
                    {
                        let output = try await play.varve([
                            "image", "import", "other", play.root + "/busybox/bin",
                        ])
                        return (output.status, output.stderr)
                    }
                ),
                (
                    "a revision",
                    {
                        try play.write("file", "2")
                        return try await run(play, "true")
                    }
                ),
            ]
            for (what, attempt) in attempts {
                let (status, words) = try await attempt()
                #expect(status == 5 && words.contains("refused"), "\(what): \(status) \(words)")
                try await eventually("\(what) leaves nothing") {
                    try layers(play) == before
                        && FileManager.default.contentsOfDirectory(atPath: play.store + "/dead").isEmpty
                }
            }
            try await change(play, "DROP TRIGGER refused")
            let after = try await play.run(pipeline("last", "cat file > /made; cat /cache/x", mounts: volume))
            #expect(after.exitCode == 0 && after.log(of: "last") == "1\n", "\(after.stderr)")
            #expect(try await play.leftovers() == [])
        }
    }

    private func run(
        _ play: Playground, _ command: String, mounts: String = "[]"
    ) async throws -> (status: Int, words: String) {
        let run = try await play.run(pipeline("next", command, mounts: mounts))
        let detail = run.events("step_end", of: "next").first?["error"]?["detail"]?.text ?? ""
        return (run.exitCode, detail + run.stderr)
    }
}
