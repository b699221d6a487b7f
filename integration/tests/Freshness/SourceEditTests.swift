import Foundation
import Testing

/// A(forever) → B(forever) → C(uncached): the chain in which a source baked into the first snapshot goes
/// stale.
private let chain = """
    version: 1
    image: busybox
    steps:
      - {key: a, run: echo step-a, cache: forever, network: none}
      - {key: b, from: a, run: echo step-b, cache: forever, network: none}
      - {key: c, from: b, run: 'find . | sort; for f in $(find . -type f | sort); do echo "== $f"; cat $f; done; ls -l',
         network: none}
    """

@Suite struct `Behind cached steps` {
    @Test func `a step sees the text as it was edited`() async throws {
        try await Playground.open { play in
            try play.write("marker.txt", "first")
            let first = try await play.run(chain)
            #expect(first.statuses == ["a": "passed", "b": "passed", "c": "passed"], "\(first.stderr)")
            #expect(first.log(of: "c").contains("first"))
            try play.write("marker.txt", "second")
            let second = try await play.run(chain)
            #expect(second.statuses == ["a": "cache_hit", "b": "cache_hit", "c": "passed"])
            #expect(second.log(of: "c").contains("second") && !second.log(of: "c").contains("first"))
        }
    }

    /// What is done to the source between two runs, and what the last step must print or not print.
    static let edits: [(name: String, script: String, seen: String, gone: String?)] = [
        ("a deletion", "rm old.txt", "./kept.txt", "./old.txt"),
        ("a rename", "mv old.txt new.txt", "./new.txt", "./old.txt"),
        ("a mode change", "chmod 0755 old.txt", "-rwxr-xr-x", nil),
        (
            "a file that becomes a directory", "rm old.txt && mkdir old.txt && echo x > old.txt/in",
            "./old.txt/in", nil
        ),
        ("a directory that becomes a file", "rm -r dir && echo flat > dir", "flat", "./dir/deep"),
        ("a link that points elsewhere", "ln -sfn kept.txt link", "link -> kept.txt", "link -> old.txt"),
        ("a new empty directory", "mkdir empty", "./empty", nil),
        ("an addition deep down", "mkdir -p dir/a/b && echo n > dir/a/b/new", "./dir/a/b/new", nil),
        ("a file replaced by one of the same size", "printf '0ld' > old.txt", "0ld", nil),
    ]

    @Test(arguments: edits.indices) func `a step sees every kind of change`(index: Int) async throws {
        let edit = Self.edits[index]
        try await Playground.open { play in
            try await play.shell(
                "echo old > old.txt; echo kept > kept.txt; mkdir dir; echo d > dir/deep; ln -s old.txt link")
            _ = try await play.run(chain)
            try await play.shell(edit.script)
            let run = try await play.run(chain)
            #expect(run.statuses == ["a": "cache_hit", "b": "cache_hit", "c": "passed"], "\(edit.name)")
            #expect(run.log(of: "c").contains(edit.seen), "\(edit.name): \(run.log(of: "c"))")
            if let gone = edit.gone {
                #expect(!run.log(of: "c").contains(gone), "\(edit.name): \(run.log(of: "c"))")
            }
        }
    }

    @Test func `going back to an earlier state of the source finds its snapshots`() async throws {
        try await Playground.open { play in
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - {key: deps, run: cp lock installed, cache: {on_change: [lock]}, network: none}
                  - {key: build, from: deps, run: cat installed > built, cache: forever, network: none}
                """
            try play.write("lock", "1")
            _ = try await play.run(pipeline)
            try play.write("lock", "2")
            let changed = try await play.run(pipeline)
            #expect(changed.statuses == ["deps": "passed", "build": "passed"])
            #expect(changed.reason(of: "build") == "parent-executed")
            try play.write("lock", "1")
            let back = try await play.run(pipeline)
            #expect(back.statuses == ["deps": "cache_hit", "build": "cache_hit"])
        }
    }

    @Test func `a hit is explained by its own snapshot, not by a newer one of another state`() async throws {
        try await Playground.open { play in
            let pipeline = """
                version: 1
                image: busybox
                steps: [{key: build, run: "echo more >> a.txt", cache: forever, network: none}]
                """
            try play.write("varve.yaml", pipeline)
            var snapshots: [String?] = []
            for content in ["1", "2"] {
                try play.write("a.txt", content)
                let run = try await play.run(pipeline)
                snapshots.append(run.events("step_end", of: "build").first?["snapshot"]?.text)
            }
            try play.write("a.txt", "1")
            let output = try await play.varve(["explain", "build", "--format", "json"])
            let explanation = try JSONDecoder().decode(JSON.self, from: Data(output.stdout.utf8))
            #expect(explanation["cache"] == "hit", "\(output.stdout)\(output.stderr)")
            #expect(explanation["nearest"]?["snapshot"]?.text == snapshots[0])
            #expect(explanation["facts"]?.array?.isEmpty == false)
            #expect(explanation["facts"]?.array?.allSatisfy { $0["holds"] == .bool(true) } == true)
        }
    }
}
