import Testing

@Suite struct `A chain of cached steps that was rendered elsewhere` {
    @Test func `is executed in order, then found, and its last step sees every edit`() async throws {
        try await Playground.open { play in
            let chain = try SamplePipeline("graph-deep-cache-chain").text
            try play.write("marker.txt", "first\n")
            let first = try await play.run(chain)
            #expect(first.exitCode == 0, "\(first.stderr)")
            #expect(first.statuses == ["a": "passed", "b": "passed", "c": "passed"])
            #expect(first.respects([("a", "b"), ("b", "c")]))
            #expect(first.log(of: "a") == "step-a\n" && first.log(of: "c") == "first\n")
            let second = try await play.run(chain)
            #expect(second.statuses == ["a": "cache_hit", "b": "cache_hit", "c": "passed"])
            #expect(second.reason(of: "c") == "policy-none")
            try play.write("marker.txt", "second\n")
            let third = try await play.run(chain)
            #expect(third.statuses == ["a": "cache_hit", "b": "cache_hit", "c": "passed"])
            #expect(third.log(of: "c") == "second\n")
        }
    }
}

/// base → deps → tool → {test, lint}, with three kinds of policy, then a barrier and `deploy` on an image of
/// its own.
@Suite struct `A graph with a fork, a barrier and every policy` {
    private let edges = [
        ("base", "deps"), ("deps", "tool"), ("tool", "test"), ("tool", "lint"), ("base", "deploy"),
        ("deps", "deploy"), ("tool", "deploy"), ("test", "deploy"), ("lint", "deploy"),
    ]

    private func sample() throws -> SamplePipeline {
        var sample = try SamplePipeline("graph-fork-wait-policies")
        try sample.replace(
            command: "apt-get update && apt-get install -y build-essential",
            with: "mkdir -p /opt && echo compiler > /opt/compiler")
        try sample.replace(
            command: "npm ci",
            with: "cat /opt/compiler && mkdir -p node_modules && cp package-lock.json node_modules/installed")
        try sample.replace(
            command: "npx tsc --version",
            with: "cp node_modules/installed /opt/tool && echo $DEBIAN_FRONTEND $CI")
        try sample.replace(
            command: "npm test",
            with: "cat /opt/tool node_modules/installed src/app.txt; echo $NODE_ENV; test ! -e src/broken")
        try sample.replace(command: "npm run lint", with: "cat src/app.txt; echo \"NODE_ENV is '$NODE_ENV'\"")
        return sample
    }

    private func writeSource(_ play: Playground) throws {
        try play.write("package-lock.json", "lock 1\n")
        try play.write("src/app.txt", "app 1\n")
        // An image of its own: nothing that the other steps wrote, in the system or the workspace.
        try play.write(
            "src/deploy.sh", "#!/bin/sh\ncat app.txt && ls -d /opt ../node_modules 2>/dev/null; true\n",
            mode: 0o755)
    }

    private let warm = [
        "base": "cache_hit", "deps": "cache_hit", "tool": "cache_hit", "test": "passed", "lint": "passed",
        "deploy": "passed",
    ]

    @Test func `is executed in an order that its edges allow, each step in its environment`() async throws {
        try await Playground.open { play in
            try writeSource(play)
            let run = try await play.run(try sample().text)
            #expect(run.exitCode == 0, "\(run.stderr)")
            #expect(Set(run.statuses.values) == ["passed"] && run.statuses.count == 6)
            #expect(run.respects(edges))
            #expect(run.reason(of: "base") == "first-run")
            #expect(run.log(of: "tool") == "noninteractive true\n")
            #expect(run.log(of: "test") == "lock 1\nlock 1\napp 1\ntest\n")
            #expect(run.log(of: "lint") == "app 1\nNODE_ENV is ''\n")
            #expect(run.log(of: "deploy") == "app 1\n")
            #expect(run.events("build_end").first?["executed"]?.number == 6)
        }
    }

    @Test func `executes again what an edit concerns, and what stands on that`() async throws {
        try await Playground.open { play in
            try writeSource(play)
            let pipeline = try sample().text
            _ = try await play.run(pipeline)
            #expect(try await play.run(pipeline).statuses == warm)

            try play.write("src/app.txt", "app 2\n")
            let edited = try await play.run(pipeline)
            #expect(edited.statuses == warm)
            #expect(edited.log(of: "test") == "lock 1\nlock 1\napp 2\ntest\n")
            #expect(edited.log(of: "deploy") == "app 2\n")

            try play.write("package-lock.json", "lock 2\n")
            let locked = try await play.run(pipeline)
            #expect(locked.status(of: "base") == "cache_hit")
            #expect(locked.reason(of: "deps") == "identity-changed")
            #expect(locked.reason(of: "tool") == "parent-executed")
            #expect(locked.log(of: "test") == "lock 2\nlock 2\napp 2\ntest\n")
            #expect(locked.respects(edges))

            try play.write("package-lock.json", "lock 1\n")
            let back = try await play.run(pipeline)
            #expect(back.statuses == warm)
            #expect(back.log(of: "test") == "lock 1\nlock 1\napp 2\ntest\n")
        }
    }

    @Test func `takes the renderer's key where a policy names variables, and nowhere else`() async throws {
        try await Playground.open { play in
            try writeSource(play)
            var sample = try sample()
            _ = try await play.run(sample.text)
            try sample.replace("4447a9224b7e2c9c41fa860ffacfd70f", with: "00000000000000000000000000000000")
            #expect(try await play.run(sample.text).statuses == warm, "‘deps’ names no variable")
            try sample.replace("c2a802ec2c490da89dfe85ab272f927d", with: "00000000000000000000000000000000")
            let other = try await play.run(sample.text)
            #expect(other.status(of: "deps") == "cache_hit")
            #expect(other.reason(of: "tool") == "identity-changed")
        }
    }

    @Test func `starts nothing behind the barrier after a failure, also with -k`() async throws {
        try await Playground.open { play in
            try writeSource(play)
            try play.write("src/broken", "")
            let run = try await play.run(try sample().text, ["-k"])
            #expect(run.exitCode == 1)
            #expect(run.status(of: "test") == "failed")
            #expect(run.status(of: "lint") == "passed")
            #expect(run.status(of: "deploy") == "skipped")
        }
    }
}

/// apt → deps → {test, lint}, then a barrier that lets failures through, and `deploy`.
@Suite struct `A barrier that lets failures through` {
    private func sample(test: String) throws -> String {
        var sample = try SamplePipeline("flat-fork-wait")
        try sample.replace(command: "apt-get update", with: "echo lists > /lists")
        try sample.replace(command: "npm ci", with: "cat /lists package-lock.json > installed")
        try sample.replace(command: "npm test", with: test)
        try sample.replace(command: "npm run lint", with: "cat installed")
        return sample.text
    }

    @Test(arguments: [[], ["-k"], ["-j", "1"]])
    func `is waited for, whatever came of the steps before it`(options: [String]) async throws {
        try await Playground.open { play in
            try play.write("package-lock.json", "lock\n")
            try play.write("deploy.sh", "#!/bin/sh\necho deployed\n", mode: 0o755)
            let failing = try await play.run(try sample(test: "echo $NODE_ENV; exit 3"), options)
            #expect(failing.exitCode == 1, "\(failing.stderr)")
            #expect(failing.status(of: "test") == "failed" && failing.log(of: "test") == "test\n")
            #expect(failing.status(of: "deploy") == "passed")
            #expect(failing.log(of: "deploy") == "deployed\n")
            #expect(failing.respects([("apt", "deploy"), ("deps", "deploy"), ("test", "deploy")]))
            let passing = try await play.run(try sample(test: "true"), options)
            #expect(passing.exitCode == 0)
            #expect(passing.status(of: "apt") == "cache_hit" && passing.status(of: "deps") == "cache_hit")
            #expect(passing.log(of: "lint") == "lists\nlock\n")
            #expect(passing.respects([("test", "deploy"), ("lint", "deploy")]))
        }
    }
}

extension RunResult {
    /// Every first step of a pair had ended when the second started.
    fileprivate func respects(_ edges: [(before: String, after: String)]) -> Bool {
        func index(_ kind: String, _ step: String) -> Int? {
            events.firstIndex { $0["kind"]?.text == kind && $0["step"]?.text == step }
        }
        return edges.allSatisfy { edge in
            guard let end = index("step_end", edge.before) else { return false }
            guard let start = index("step_start", edge.after) ?? index("step_cache_hit", edge.after) else {
                return false
            }
            return end < start
        }
    }
}
