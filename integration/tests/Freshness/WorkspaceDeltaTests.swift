import Testing

@Suite struct `What a cached step wrote into the workspace` {
    @Test func `is there after a hit, beside newer source`() async throws {
        try await Playground.open { play in
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - key: deps
                    run: mkdir -p node_modules && for i in $(seq 500); do echo $i > node_modules/$i; done
                    cache: {on_change: [package.json]}
                    network: none
                  - {key: test, from: deps, run: 'ls node_modules | wc -l; cat app.js', network: none}
                """
            try play.write("package.json", "{}")
            try play.write("app.js", "one")
            _ = try await play.run(pipeline)
            try play.write("app.js", "two")
            let run = try await play.run(pipeline)
            #expect(run.statuses == ["deps": "cache_hit", "test": "passed"])
            #expect(run.log(of: "test").contains("500") && run.log(of: "test").contains("two"))
        }
    }

    /// One cached step that changes a source file, and one that shows the workspace.
    private func pipeline(_ command: String) -> String {
        """
        version: 1
        image: busybox
        steps:
          - {key: change, run: '\(command)', cache: forever, network: none}
          - {key: copy, from: change, run: 'cp -a a.txt /kept 2>/dev/null; true', cache: forever, network: none}
          - {key: show, from: copy, run: 'for f in $(find . -type f | sort); do echo "$f: $(cat $f)"; done', network: none}
        """
    }

    @Test func `is seen by its descendants in the same run`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "source\n")
            let run = try await play.run(pipeline("echo edited >> a.txt"))
            #expect(run.log(of: "show").contains("./a.txt: source\nedited"))
        }
    }

    @Test func `is never put over a newer version of the file it changed`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "old\n")
            _ = try await play.run(pipeline("echo edited >> a.txt"))
            try play.write("a.txt", "new\n")
            let run = try await play.run(pipeline("echo edited >> a.txt"))
            #expect(run.reason(of: "change") == "workspace-conflict")
            #expect(run.reasonDetail(of: "change").contains("a.txt"))
            #expect(run.reason(of: "copy") == "parent-executed", "nobody may keep a copy of the old text")
            #expect(run.log(of: "show").contains("./a.txt: new\nedited"))
        }
    }

    @Test func `stays a hit when another file changes`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "a")
            try play.write("b.txt", "b")
            _ = try await play.run(pipeline("echo edited >> a.txt"))
            try play.write("b.txt", "b2")
            let run = try await play.run(pipeline("echo edited >> a.txt"))
            #expect(run.status(of: "change") == "cache_hit")
            #expect(run.log(of: "show").contains("edited") && run.log(of: "show").contains("./b.txt: b2"))
        }
    }

    /// What a cached step did, and what the source then brings that must not be merged silently.
    static let conflicts: [(name: String, step: String, edit: String, path: String)] = [
        (
            "a directory it made that the source brings too", "mkdir -p gen && echo g > gen/a",
            "mkdir gen && echo s > gen/x", "gen"
        ),
        ("a file it deleted that changes", "rm old.txt", "echo changed > old.txt", "old.txt"),
        (
            "a directory it made again that gains a file", "rm -rf d && mkdir d && echo n > d/n",
            "echo new > d/new", "d"
        ),
        ("a file it made that the source brings too", "echo g > made.txt", "echo s > made.txt", "made.txt"),
        ("a directory's mode it froze", "echo x > d/x", "chmod 0700 d", "d"),
        (
            "a renamed file's old name that changes", "mv old.txt moved.txt", "echo changed > old.txt",
            "old.txt"
        ),
    ]

    @Test(arguments: conflicts.indices) func `is executed again where the source says otherwise`(
        index: Int
    ) async throws {
        let conflict = Self.conflicts[index]
        try await Playground.open { play in
            try await play.shell("echo a > a.txt; echo old > old.txt; mkdir d; echo s > d/s")
            _ = try await play.run(pipeline(conflict.step))
            try await play.shell(conflict.edit)
            let run = try await play.run(pipeline(conflict.step))
            #expect(run.reason(of: "change") == "workspace-conflict", "\(conflict.name)")
            #expect(run.reasonDetail(of: "change").contains(conflict.path), "\(conflict.name)")
        }
    }
}
