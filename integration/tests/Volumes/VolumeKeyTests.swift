import Foundation
import Testing

@Suite struct `A volume with a key` {
    private func mounts(_ key: String, _ restore: String = "[]", write: String = "last") -> String {
        "[{volume: cache, path: /cache, key: \"\(key)\", restore_keys: \(restore), write: \(write)}]"
    }

    @Test func `is found by the very key, and then nothing is saved`() async throws {
        try await Playground.open { play in
            _ = try await play.step("echo 1 > /cache/one", mounts: mounts("node-1"))
            let longer = try await play.step("ls /cache; echo 10 > /cache/ten", mounts: mounts("node-10"))
            #expect(longer.log(of: "s") == "", "a key is no prefix")
            let hit = try await play.step("ls /cache; echo no > /cache/no", mounts: mounts("node-1"))
            #expect(hit.log(of: "s") == "one\n" && hit.volumes(of: "s") == ["attached", "unchanged"])
            let again = try await play.step("ls /cache", mounts: mounts("node-1"))
            #expect(again.log(of: "s") == "one\n", "a version with a key never changes")
        }
    }

    @Test func `falls back to restore keys in order, the newest first, and is saved under its own`()
        async throws
    {
        try await Playground.open { play in
            for name in ["a-1", "a-2", "b-1"] {
                _ = try await play.step("echo x > /cache/\(name)", mounts: mounts(name))
            }
            let run = try await play.step(
                "ls /cache; echo x > /cache/new", mounts: mounts("a-3", "[c-, a-, b-]"))
            #expect(run.log(of: "s") == "a-2\n" && run.volumes(of: "s") == ["attached", "saved"])
            #expect(run.volumeDetails(of: "s").first?.contains("‘a-’") == true)
            let same = try await play.step("ls /cache", mounts: mounts("b-2", "[b-]"))
            #expect(same.volumes(of: "s") == ["attached", "saved"], "unchanged, and under a key of its own")
            let next = try await play.step("ls /cache", mounts: mounts("a-3"))
            #expect(next.log(of: "s") == "a-2\nnew\n")
            let exact = try await play.step("ls /cache", mounts: mounts("b-2"))
            #expect(exact.log(of: "s") == "b-1\n")
        }
    }

    @Test func `follows the files that hashFiles names, and is refused where there are none`() async throws {
        let key = "deps-${{ hashFiles('**/lock') }}"
        try await Playground.open { play in
            try play.write("sub/lock", "1")
            _ = try await play.step("echo x > /cache/first", mounts: mounts(key))
            try play.write("other", "edited")
            let same = try await play.step("ls /cache", mounts: mounts(key))
            #expect(same.log(of: "s") == "first\n")
            try play.write("sub/lock", "2")
            let changed = try await play.step("ls /cache", mounts: mounts(key))
            #expect(changed.log(of: "s") == "")
            let nothing = try await play.step("ls", mounts: mounts("x-${{ hashFiles('none') }}"))
            #expect(nothing.warnings("volume-key").first?.contains("‘none’") == true)
            let empty = try await play.step("ls", mounts: mounts("${{ hashFiles('none') }}"))
            #expect(empty.exitCode == 7 && empty.stderr.contains("is empty"), "\(empty.stderr)")
        }
    }

    @Test func `that two steps save at once keeps the first, and says so`() async throws {
        try await Playground.open { play in
            let gate = StepGate()
            let slow = try play.start(
                """
                version: 1
                image: busybox
                steps:
                  - {key: s, run: "echo slow > /cache/x; \(gate.script)", network: none, mounts: \(mounts("k"))}
                """)
            try await gate.reached(by: slow, in: "s")
            let fast = try await play.step("echo fast > /cache/x", mounts: mounts("k"))
            #expect(fast.volumes(of: "s") == ["empty", "saved"])
            try await gate.open(on: play)
            let end = try await slow.end()
            #expect(end.status(of: "s") == "passed" && end.volumes(of: "s") == ["empty", "dropped"])
            let after = try await play.step("cat /cache/x", mounts: mounts("k"))
            #expect(after.log(of: "s") == "fast\n")
        }
    }
}
