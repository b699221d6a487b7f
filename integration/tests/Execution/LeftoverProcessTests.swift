import Testing

/// What a step started and did not wait for.
@Suite struct `A process that outlives its step's shell` {
    @Test(arguments: [
        "(trap '' HUP TERM; while :; do date >> /workspace/LATE; sleep 0.05; done) &",
        "setsid sh -c 'while :; do date >> /workspace/LATE; sleep 0.05; done' >/dev/null 2>&1 &",
        "exec 7>/workspace/LATE; sh -c 'while :; do date >&7; sleep 0.05; done' &",
    ])
    func `is gone with it, and writes nothing into the snapshot`(command: String) async throws {
        try await Playground.open { play in
            try play.write("a", "a")
            // Others of these tests run beside this one.
            let late = "late-\(UInt32.random(in: 0...UInt32.max))"
            let command = command.replacing("LATE", with: late)
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - key: forks
                    run: |
                      \(command)
                      while [ ! -s /workspace/\(late) ]; do sleep 0.05; done
                      echo over
                    cache: forever
                    network: none
                  - {key: size, from: forks, run: 'wc -l < \(late)', network: none}
                """
            let first = try await play.run(pipeline)
            #expect(first.statuses == ["forks": "passed", "size": "passed"], "\(first.stderr)")
            #expect(try await play.processes(running: late).isEmpty)
            let second = try await play.run(pipeline)
            #expect(second.status(of: "forks") == "cache_hit")
            #expect(second.log(of: "size") == first.log(of: "size"))
            #expect(try await play.leftovers() == [])
        }
    }
}
