import Testing

@Suite struct `A step's environment` {
    @Test func `is the image's, then the pipeline's, the step's and the command line's`() async throws {
        try await Playground.open { play in
            try await importImage(
                play, environment: ["A=image", "B=image", "C=image", "D=image", "CI=image", "HOME=/of/image"])
            let run = try await play.run(
                """
                version: 1
                image: with-environment
                env: {B: pipeline, C: pipeline, D: pipeline}
                steps:
                  - key: show
                    run: echo $A $B $C $D $CI $HOME
                    env: {C: step, D: step}
                    network: none
                  - {key: other, run: 'echo $C $D', network: none}
                """, ["-e", "D=command"])
            #expect(run.log(of: "show") == "image pipeline step command image /of/image\n", "\(run.stderr)")
            #expect(run.log(of: "other") == "pipeline command\n")
        }
    }

    @Test func `has defaults where nobody set anything, and nothing of the caller's`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: bare, run: 'env | sort', network: none}
                  - {key: set, run: 'echo $CI $HOME', env: {CI: "false", HOME: /mine}, user: builder, network: none}
                """, environment: ["CALLERS": "own"])
            let names = run.log(of: "bare").split(separator: "\n").compactMap {
                $0.split(separator: "=").first
            }
            #expect(Set(names).isSuperset(of: ["CI", "HOME", "PATH"]), "\(run.stderr)")
            #expect(!names.contains("CALLERS"))
            #expect(run.log(of: "bare").contains("CI=true\nHOME=/root\n"))
            #expect(run.log(of: "set") == "false /mine\n")
        }
    }

    @Test func `is part of its identity wherever it was set`() async throws {
        func pipeline(_ shared: String, _ own: String) -> String {
            """
            version: 1
            image: busybox
            env: {SHARED: \(shared)}
            steps: [{key: a, run: 'true', cache: forever, env: {OWN: \(own)}, network: none}]
            """
        }
        try await Playground.open { play in
            _ = try await play.run(pipeline("1", "1"))
            for changed in [
                try await play.run(pipeline("2", "1")), try await play.run(pipeline("1", "2")),
                try await play.run(pipeline("1", "1"), ["-e", "OWN=3"]),
            ] {
                #expect(changed.reason(of: "a") == "identity-changed")
                #expect(
                    changed.reasonDetail(of: "a").contains("env["), "\(changed.reasonDetail(of: "a"))")
            }
            #expect(try await play.run(pipeline("1", "1")).status(of: "a") == "cache_hit")
        }
    }

    /// As hard to miss as to guess.
    private let secret = "s3cr3t-5f0b6b0e-of-the-caller"

    @Test func `has what is passed, which is written down nowhere and changes no identity`() async throws {
        let pipeline = """
            version: 1
            image: busybox
            steps:
              - key: login
                run: echo ${#TOKEN} ${#GIVEN} && test -n "$TOKEN" && echo $LATER > /later
                pass_env: [TOKEN]
                cache: forever
                network: none
              - {key: none, from: login, run: 'echo "[$TOKEN]" ${#GIVEN}', network: none}
            """
        try await Playground.open { play in
            let first = try await play.run(
                pipeline, ["--pass", "GIVEN=\(secret)"], environment: ["TOKEN": secret])
            #expect(first.log(of: "login") == "\(secret.count) \(secret.count)\n", "\(first.stderr)")
            #expect(first.log(of: "none") == "[] \(secret.count)\n", "TOKEN is for those who name it")
            let second = try await play.run(
                pipeline, ["--pass", "GIVEN"], environment: ["TOKEN": "another", "GIVEN": "x"])
            #expect(second.status(of: "login") == "cache_hit")

            let events = try await play.request("GET", "/v1/runs/\(first.id)/events")
            #expect(!events.stdout.contains(secret))
            let found = try await Playground.shell(
                "grep -rlaF -- '\(secret)' '\(play.root)' || true", in: "/")
            #expect(found.stdout == "", "in the store, the daemon's log or beside the socket")
            await play.daemon.stop()
            let stopped = try await Playground.shell(
                "grep -rlaF -- '\(secret)' '\(play.root)' || true", in: "/")
            #expect(stopped.stdout == "")
        }
    }

    @Test func `can't have what is not there to be passed`() async throws {
        try await Playground.open { play in
            let run = try await play.varve(
                ["run", "-"],
                input: """
                    version: 1
                    image: busybox
                    steps: [{key: a, run: 'true', pass_env: [NOT_SET_ANYWHERE], network: none}]
                    """)
            #expect(run.status == 7)
            #expect(run.stderr.contains("NOT_SET_ANYWHERE") && run.stderr.contains("fix:"))
        }
    }

    /// An image of busybox whose configuration sets variables.
    private func importImage(_ play: Playground, environment: [String]) async throws {
        let variables = environment.map { "\"\($0)\"" }.joined(separator: ", ")
        try await play.shell(
            """
            mkdir ../archive && cd ../archive
            tar -C ../busybox -cf layer.tar .
            cat > config.json <<END
            {"architecture": "$(dpkg --print-architecture)", "os": "linux", "config": {"Env": [\(variables)]},
             "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum layer.tar | cut -d ' ' -f 1)"]}}
            END
            echo '[{"Config": "config.json", "RepoTags": ["with-environment:latest"], "Layers": ["layer.tar"]}]' \\
                > manifest.json
            tar -cf ../image.tar manifest.json config.json layer.tar
            """)
        let imported = try await play.varve(
            ["image", "import", "with-environment", "docker-archive:\(play.root)/image.tar"])
        try #require(imported.status == 0, "\(imported.stderr)")
    }
}
