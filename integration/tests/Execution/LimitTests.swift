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

    @Test func `is no part of its identity`() async throws {
        try await Playground.open { play in
            _ = try await play.run(pipeline("true", limits: "{}", cache: "forever"))
            let run = try await play.run(
                pipeline("true", limits: "{memory: 1GiB, cpus: 2, pids: 99, log: 1MiB}", cache: "forever"))
            #expect(run.status(of: "a") == "cache_hit")
        }
    }
}
