import Testing

@Suite struct `A step's limit` {
    private func pipeline(_ command: String, limits: String, cache: String = "none") -> String {
        """
        version: 1
        image: busybox
        steps: [{key: a, run: '\(command)', limits: \(limits), cache: \(cache), network: none}]
        """
    }

    @Test func `of memory fails it, and says what it was killed for`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                pipeline("dd if=/dev/zero of=/dev/null bs=256M count=1", limits: "{memory: 32MiB}"))
            #expect(run.exitCode == 1, "\(run.stderr)")
            #expect(run.status(of: "a") == "failed")
            #expect(run.error(of: "a") == "out-of-memory")
            let error = run.events("step_end", of: "a").first?["error"]
            #expect(error?["detail"]?.text?.contains("32.0 MiB") == true, "\(String(describing: error))")
            #expect(error?["fix"]?.text?.contains("limits.memory") == true)
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `of processes makes further ones fail`() async throws {
        try await Playground.open { play in
            let forks = "for i in $(seq 40); do sleep 30 & done; kill $(jobs -p); echo started"
            let few = try await play.run(pipeline(forks, limits: "{pids: 20}"))
            #expect(few.log(of: "a").contains("fork"), "\(few.log(of: "a"))")
            let enough = try await play.run(pipeline(forks, limits: "{pids: 100}"))
            #expect(enough.exitCode == 0 && enough.log(of: "a") == "started\n")
        }
    }

    @Test(arguments: ["1", "2", "0.5"]) func `of processors may be a fraction`(cpus: String) async throws {
        try await Playground.open { play in
            let run = try await play.run(pipeline("echo fine", limits: "{cpus: \(cpus)}"))
            #expect(run.exitCode == 0 && run.log(of: "a") == "fine\n", "\(run.stderr)")
        }
    }

    @Test func `of disk ends it, with what it wrote and what it may, while it writes or after`() async throws
    {
        try await Playground.open { play in
            for rest in ["sleep 600", "true"] {
                let run = try await play.run(
                    pipeline(
                        "dd if=/dev/zero of=/big bs=1M count=9; \(rest)", limits: "{disk: 4MiB}",
                        cache: "forever"))
                #expect(run.exitCode == 5, "\(run.stderr)")
                #expect(run.status(of: "a") == "error" && run.error(of: "a") == "disk-limit")
                let error = run.events("step_end", of: "a").first?["error"]
                let detail = error?["detail"]?.text ?? ""
                #expect(
                    detail.hasPrefix("step a wrote ") && detail.hasSuffix("MiB, limit 4.0 MiB"), "\(detail)")
                #expect(error?["fix"]?.text?.contains("limits.disk") == true)
                #expect(try await play.leftovers() == [])
            }
            let enough = try await play.run(
                pipeline("dd if=/dev/zero of=/big bs=1M count=2", limits: "{disk: 4MiB}", cache: "forever"))
            #expect(enough.statuses == ["a": "passed"], "\(enough.stderr)")
            #expect(enough.events("warning").isEmpty)
        }
    }

    @Test func `of disk counts the workspace too, and what many names of one file take once`() async throws {
        try await Playground.open { play in
            let links = "dd if=/dev/zero of=/f bs=1M count=3; for n in 1 2 3 4; do ln /f /f$n; done"
            let once = try await play.run(pipeline(links, limits: "{disk: 4MiB}"))
            #expect(once.statuses == ["a": "passed"], "\(once.stderr)")
            let apart = "dd if=/dev/zero of=/f bs=1M count=3; dd if=/dev/zero of=here bs=1M count=3"
            let both = try await play.run(pipeline(apart, limits: "{disk: 4MiB}"))
            #expect(both.error(of: "a") == "disk-limit", "\(both.stderr)")
        }
    }

    @Test func `is no part of its identity`() async throws {
        try await Playground.open { play in
            _ = try await play.run(pipeline("true", limits: "{}", cache: "forever"))
            let run = try await play.run(
                pipeline("true", limits: "{memory: 1GiB, cpus: 2, pids: 99, log: 1MiB}", cache: "forever"))
            #expect(run.status(of: "a") == "cache_hit")
        }
    }
}
