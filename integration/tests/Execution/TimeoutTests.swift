import Testing

@Suite struct `A time limit` {
    @Test func `of a step ends that step, and the run with 124`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: slow, run: 'trap "" TERM; echo begun; sleep 600', timeout: 5s, network: none}
                  - {key: next, from: slow, run: echo never, network: none}
                """)
            #expect(run.exitCode == 124)
            #expect(run.statuses == ["slow": "timed_out", "next": "skipped"])
            #expect(run.log(of: "slow") == "begun\n")
            #expect(run.events("build_end").first?["status"]?.text == "timed_out")
        }
    }

    @Test func `of the run ends what runs`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps: [{key: slow, run: sleep 600, network: none}]
                """, ["--timeout", "1s"])
            #expect(run.exitCode == 124)
            #expect(run.events("build_end").first?["status"]?.text == "timed_out")
        }
    }

    @Test func `that is long enough changes nothing`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps: [{key: quick, run: echo done, timeout: 5m, network: none}]
                """, ["--timeout", "10m"])
            #expect(run.exitCode == 0)
        }
    }
}
