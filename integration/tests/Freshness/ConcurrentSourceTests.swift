import Foundation
import Testing

/// What happens to the source while runs go on.
@Suite struct `A source that changes while it is used` {
    @Test func `is to each of two runs at once what it was when that run began`() async throws {
        try await Playground.open { play in
            let gates = (StepGate(), StepGate())
            func pipeline(_ gate: StepGate) -> String {
                """
                version: 1
                image: busybox
                steps:
                  - {key: made, run: cat a.txt > made, cache: {on_change: [a.txt]}, network: none}
                  - {key: hold, from: made, run: '\(gate.script)', network: none}
                  - {key: show, from: hold, run: 'cat a.txt made; ls', network: none}
                """
            }
            try play.write("a.txt", "one\n")
            try play.write("old", "")
            let first = try play.start(pipeline(gates.0), ["--workspace", "shared"])
            try await gates.0.reached(by: first, in: "hold")
            try play.write("a.txt", "two\n")
            try await play.shell("mv old new")
            let second = try play.start(pipeline(gates.1), ["--workspace", "shared"])
            try await gates.1.reached(by: second, in: "hold")
            try await gates.0.open(on: play)
            try await gates.1.open(on: play)
            let (one, two) = (try await first.end(), try await second.end())
            #expect(one.log(of: "show") == "one\none\na.txt\nmade\nold\n", "\(one.stderr)")
            #expect(two.log(of: "show") == "two\ntwo\na.txt\nmade\nnew\n", "\(two.stderr)")
        }
    }

    @Test func `stays what it was to the later steps of a run`() async throws {
        try await Playground.open { play in
            let gate = StepGate()
            try play.write("edited.txt", "before\n")
            try play.write("deleted/file.txt", "still here\n")
            let run = try play.start(
                """
                version: 1
                image: busybox
                steps:
                  - {key: hold, run: 'cat edited.txt; \(gate.script)', network: none}
                  - {key: below, from: hold, run: cat edited.txt deleted/file.txt, network: none}
                  - {key: beside, after: [hold], run: 'cat edited.txt deleted/file.txt; ls', network: none}
                """)
            try await gate.reached(by: run, in: "hold")
            try play.write("edited.txt", "after\n")
            try play.write("added.txt", "")
            try play.remove("deleted")
            try await gate.open(on: play)
            let end = try await run.end()
            #expect(end.log(of: "below") == "before\nstill here\n", "\(end.stderr)")
            #expect(end.log(of: "beside") == "before\nstill here\ndeleted\nedited.txt\n")
        }
    }

    @Test func `is each checkout's own where two on two branches share a workspace name`() async throws {
        try await Playground.open { play in
            try await play.shell(
                """
                \(Repository.new)
                echo main > a.txt; echo gone > only-main; \(Repository.commit)
                git branch -q feature; git worktree add -q ../feature feature
                cd ../feature; echo feature > a.txt; git rm -q only-main; \(Repository.commit)
                """)
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - {key: build, run: cat a.txt > built, cache: {on_change: [a.txt]}, network: none}
                  - {key: whole, from: build, run: ls > listing, cache: workspace, network: none}
                  - {key: show, from: whole, run: cat a.txt built listing, network: none}
                """
            let expected = [
                "project": "main\nmain\na.txt\nbuilt\nlisting\nonly-main\n",
                "feature": "feature\nfeature\na.txt\nbuilt\nlisting\n",
            ]
            for round in 1...3 {
                for checkout in ["project", "feature"] {
                    let run = try await play.run(
                        pipeline, ["--workspace", "shared"], in: "\(play.root)/\(checkout)")
                    let status = round == 1 ? "passed" : "cache_hit"
                    #expect(
                        run.statuses == ["build": status, "whole": status, "show": "passed"],
                        "\(checkout), round \(round): \(run.reason(of: "build")) \(run.stderr)")
                    #expect(run.log(of: "show") == expected[checkout], "\(checkout), round \(round)")
                }
            }
        }
    }

    @Test func `by checkouts in a loop comes in as one of the commits, or is refused`() async throws {
        try await Playground.open { play in
            try await play.shell(
                """
                \(Repository.new)
                for i in $(seq 200); do echo one > f$i; done; mkdir one; echo 1 > one/x; \(Repository.commit)
                git tag one
                for i in $(seq 200); do echo two > f$i; done; git mv one two; \(Repository.commit)
                git tag two
                """)
            let pipeline = """
                version: 1
                image: busybox
                steps: [{key: show, run: 'find . -type f | sort | xargs grep -H ""', network: none}]
                """
            var commits: [String] = []
            for tag in ["one", "two"] {
                try await play.shell("git checkout -q \(tag)")
                commits.append(try await play.run(pipeline).log(of: "show"))
            }
            try #require(commits[0] != commits[1] && commits[0].contains("f200:one"))
            let stop = play.root + "/stop"
            async let switching = Playground.shell(
                """
                i=0; while [ ! -e '\(stop)' ] && [ $i -lt 5000 ]; do
                    i=$((i + 1)); git checkout -q one; sleep 0.0$((i % 7)); git checkout -q two
                done
                """, in: play.project)
            var (accepted, attempts) = (0, 0)
            while attempts < 20 || (accepted == 0 && attempts < 200) {
                attempts += 1
                let run = try await play.run(pipeline)
                if run.exitCode == 0 {
                    accepted += 1
                    let isOneCommit = commits.contains(run.log(of: "show"))
                    #expect(isOneCommit, "\(run.log(of: "show"))")
                } else {
                    #expect(run.exitCode == 5 && run.stderr.contains("workspace-changing"), "\(run.stderr)")
                }
            }
            try Data().write(to: URL(fileURLWithPath: stop))
            let end = try await switching
            #expect(end.status == 0, "\(end.stderr)")
            #expect(accepted > 0, "all of \(attempts) were refused")
        }
    }
}

/// Commands that make a repository, whatever the machine's own configuration of git says.
private enum Repository {
    static let new = """
        export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null; git init -q -b main .
        git config user.name test; git config user.email test@example.org
        """
    static let commit = "git add -A; git commit -q -m change"
}
