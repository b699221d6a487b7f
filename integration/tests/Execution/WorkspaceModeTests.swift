import Testing

@Suite struct `A step's workspace` {
    @Test func `that is read-only refuses writes, and the rest of the system does not`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "source\n")
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: make, run: echo made > made.txt, network: none}
                  - key: look
                    from: make
                    run: |
                      pwd; cat a.txt made.txt
                      echo x > new; echo y >> a.txt; rm made.txt; mkdir d; chmod 0700 a.txt
                      echo z > /elsewhere && cat /elsewhere
                    workspace: read-only
                    network: none
                  - {key: after, from: look, run: cat a.txt made.txt /elsewhere && echo w > new, network: none}
                """)
            #expect(run.exitCode == 0, "\(run.stderr)")
            let log = run.log(of: "look")
            let refusals = log.split(separator: "\n").filter { $0.contains("Read-only file system") }
            #expect(refusals.count == 5, "\(log)")
            #expect(log.contains("/workspace\nsource\nmade\n") && log.contains("z\n"))
            #expect(run.log(of: "after") == "source\nmade\nz\n")
        }
    }

    @Test func `that is read-only follows the source behind a hit`() async throws {
        let pipeline = """
            version: 1
            image: busybox
            steps:
              - {key: lists, run: ls > /list, cache: forever, workspace: read-only, network: none}
              - {key: show, from: lists, run: cat a.txt, workspace: read-only, network: none}
            """
        try await Playground.open { play in
            try play.write("a.txt", "one\n")
            _ = try await play.run(pipeline)
            try play.write("a.txt", "two\n")
            let run = try await play.run(pipeline)
            #expect(run.statuses == ["lists": "cache_hit", "show": "passed"])
            #expect(run.log(of: "show") == "two\n")
        }
    }

    @Test func `that is none shows nothing of the source, and no edit matters`() async throws {
        let pipeline = """
            version: 1
            image: busybox
            steps:
              - key: apart
                run: pwd; ls -A /workspace 2>/dev/null; find / -xdev -name 'a.txt'; date +%s%N > /made
                cache: forever
                workspace: none
                network: none
              - {key: below, from: apart, run: cat /made a.txt, network: none}
            """
        try await Playground.open { play in
            try play.write("a.txt", "one\n")
            let first = try await play.run(pipeline)
            #expect(first.log(of: "apart") == "/\n", "\(first.stderr)")
            try await play.shell("echo two > a.txt; mkdir d; chmod 0700 .; echo x > d/x")
            let second = try await play.run(pipeline)
            #expect(second.statuses == ["apart": "cache_hit", "below": "passed"])
            #expect(second.log(of: "below").hasSuffix("\ntwo\n"))
            let stamp = first.log(of: "below").prefix { $0 != "\n" }
            #expect(!stamp.isEmpty && second.log(of: "below").hasPrefix(stamp))
            let elsewhere = try await play.run(pipeline, ["--workspace", "another"])
            #expect(elsewhere.status(of: "below") == "passed")
        }
    }

    @Test func `that is none follows the files that its cache looks at, also as the only step`() async throws
    {
        let pipeline = """
            version: 1
            image: busybox
            steps:
              - {key: apart, run: 'true', cache: {on_change: [lock]}, workspace: none, network: none}
            """
        try await Playground.open { play in
            try play.write("lock", "one\n")
            try play.write("other", "one\n")
            #expect(try await play.run(pipeline).status(of: "apart") == "passed")
            try play.write("other", "two\n")
            #expect(try await play.run(pipeline).status(of: "apart") == "cache_hit")
            try play.write("lock", "two\n")
            let changed = try await play.run(pipeline)
            #expect(changed.status(of: "apart") == "passed", "\(changed.stderr)")
            #expect(changed.reason(of: "apart") == "identity-changed")
            let step = #"""
                {"key": "apart", "cmd": "true", "image": "busybox", "workspace": "none", "network": "none",
                 "cache": {"on_change": ["lock"]}}
                """#
            let refused = try await play.request("POST", "/v1/leases", body: "{\"step\": \(step)}")
            #expect(refused.stdout.contains(#""code":"pipeline-invalid""#), "\(refused.stdout)")
        }
    }

    @Test func `that is none needs no directory at all`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps: [{key: apart, run: pwd, workspace: none, network: none}]
                """)
            #expect(run.exitCode == 0 && run.log(of: "apart") == "/\n", "\(run.stderr)")
            let workspaces = try await play.request("GET", "/v1/workspaces")
            #expect(workspaces.stdout.contains(#""items":[]"#), "\(workspaces.stdout)")
        }
    }

    @Test func `and its mode are part of its identity`() async throws {
        func pipeline(_ mode: String) -> String {
            """
            version: 1
            image: busybox
            steps: [{key: a, run: 'true', cache: forever, workspace: \(mode), network: none}]
            """
        }
        try await Playground.open { play in
            try play.write("a.txt", "a")
            _ = try await play.run(pipeline("read-write"), ["--workspace", "one"])
            let mode = try await play.run(pipeline("read-only"), ["--workspace", "one"])
            #expect(mode.reason(of: "a") == "identity-changed")
            let other = try await play.run(pipeline("read-write"), ["--workspace", "two"])
            #expect(other.status(of: "a") == "passed", "nothing is shared between workspaces")
            let same = try await play.run(pipeline("read-write"), ["--workspace", "one"])
            #expect(same.status(of: "a") == "cache_hit")
        }
    }
}
