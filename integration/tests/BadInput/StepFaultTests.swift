import Testing

/// Faults that are not the step's own: status `error`, exit 5, a code and a remedy, so that a runner can retry.
@Suite struct `A step that could not be run` {
    private func expectError(
        _ step: String, _ code: String, names: String, image: (Playground) async throws -> Void = { _ in }
    ) async throws {
        try await Playground.open { play in
            try await image(play)
            let run = try await play.run("version: 1\nimage: busybox\nsteps: [{key: a, \(step)}]")
            #expect(run.exitCode == 5, "\(run.stderr)")
            #expect(run.status(of: "a") == "error")
            #expect(run.error(of: "a") == code)
            let error = run.events("step_end", of: "a").first?["error"]
            #expect(error?["detail"]?.text?.contains(names) == true, "\(String(describing: error))")
            #expect(error?["fix"]?.text?.isEmpty == false)
            #expect(run.events("build_end").first?["status"]?.text == "error")
            let next = try await play.run(
                "version: 1\nimage: busybox\nsteps: [{key: a, run: echo fine, network: none}]")
            #expect(next.exitCode == 0 && next.log(of: "a") == "fine\n", "\(next.stderr)")
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `because the image has no shell says so`() async throws {
        try await expectError(
            "image: shellless, run: 'true', network: none", "shell-missing", names: "no sh"
        ) {
            play in
            try await play.shell("mkdir -p ../shellless/bin && cp /bin/busybox ../shellless/bin/other")
            let imported = try await play.varve(["image", "import", "shellless", play.root + "/shellless"])
            #expect(imported.status == 0, "\(imported.stderr)")
        }
    }

    @Test func `because the image does not know the user says so`() async throws {
        try await expectError("run: 'true', user: stranger, network: none", "user-unknown", names: "stranger")
    }

    @Test func `because its image is not there and can't be pulled says what to do`() async throws {
        try await expectError(
            "image: '127.0.0.1:1/no/such:image', run: 'true', network: none", "image-pull-failed",
            names: "127.0.0.1:1/no/such:image")
    }

    @Test func `is no failure of the step, whose status is its own`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: fails, run: exit 3, network: none}
                  - {key: killed, run: 'kill -9 $$', network: none}
                """, ["-k"])
            #expect(run.exitCode == 1)
            #expect(run.events("step_end", of: "fails").first?["exit_code"]?.number == 3)
            #expect(run.status(of: "killed") == "failed")
            #expect(run.events("step_end", of: "killed").first?["exit_code"]?.number == 137)
        }
    }
}
