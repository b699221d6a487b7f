import Foundation
import Testing

/// The real package, version 0.0.9, from PyPI.
@Suite struct `A pipeline that the harmont package renders` {
    private let source = """
        from datetime import timedelta
        import harmont as hm

        @hm.pipeline("ci", env={"STAGE": "ci"}, timeout="10m")
        def ci():
            base = hm.sh("echo tools > /tools", key="base", image="busybox", cache=hm.ttl(timedelta(days=1)))
            deps = base.sh(
                "mkdir -p vendor && cat /tools deps.lock > vendor/installed", key="deps",
                cache=hm.compose(hm.on_change("deps.lock"), hm.forever(env_keys=("FLAVOUR",))))
            test = deps.sh("cat ../vendor/installed app.txt; echo $STAGE", cwd="src", key="test")
            lint = hm.timeout("1m", deps.fork().sh("wc -l < src/app.txt", key="lint"))
            deploy = hm.sh("cat src/app.txt", key="deploy", image="busybox")
            return (test, lint, hm.wait(), deploy)

        @hm.pipeline("nightly")
        def nightly():
            return hm.sh("echo nightly", key="nightly", image="busybox")

        print(hm.dump_registry_json())
        """

    @Test func `is run: cached steps are found, and the last ones see the source of now`() async throws {
        try await Playground.open { play in
            let python = try await installHarmont(play)
            try play.write(".hm/pipelines.py", source)
            try play.write("deps.lock", "lock 1\n")
            try play.write("src/app.txt", "app 1\n")

            let first = try await render(play, python)
            #expect(first.exitCode == 0, "\(first.stderr)")
            #expect(Set(first.statuses.values) == ["passed"] && first.statuses.count == 5)
            #expect(first.log(of: "test") == "tools\nlock 1\napp 1\nci\n")
            #expect(first.events("build_end").last?["executed"]?.number == 5)

            try play.write("src/app.txt", "app 2\n")
            let edited = try await render(play, python)
            #expect(edited.status(of: "base") == "cache_hit" && edited.status(of: "deps") == "cache_hit")
            #expect(edited.log(of: "test") == "tools\nlock 1\napp 2\nci\n")
            #expect(edited.log(of: "deploy") == "app 2\n")

            try play.write("deps.lock", "lock 2\n")
            let locked = try await render(play, python)
            #expect(locked.status(of: "base") == "cache_hit")
            #expect(locked.reason(of: "deps") == "identity-changed")
            #expect(locked.log(of: "test") == "tools\nlock 2\napp 2\nci\n")

            let flavoured = try await render(play, python, environment: ["FLAVOUR": "sweet"])
            #expect(flavoured.reason(of: "deps") == "identity-changed", "its key was made of FLAVOUR")

            let nightly = try await render(play, python, slug: "nightly")
            #expect(nightly.log(of: "nightly") == "nightly\n")
            let document = try await runProgram(python, [".hm/pipelines.py"], in: play.project)
            let unnamed = try await play.varve(["run", "-"], input: document.stdout)
            #expect(unnamed.status == 7)
            #expect(unnamed.stderr.contains("ci") && unnamed.stderr.contains("nightly"))
        }
    }

    /// - Returns: the Python that has it.
    private func installHarmont(_ play: Playground) async throws -> String {
        let folder = play.root + "/python"
        let made = try await runProgram("python3", ["-m", "venv", folder])
        try #require(made.status == 0, "\(made.stdout)\(made.stderr)")
        let installed = try await runProgram(
            folder + "/bin/pip", ["install", "--quiet", "--no-deps", "harmont==0.0.9"])
        try #require(installed.status == 0, "\(installed.stderr)")
        return folder + "/bin/python"
    }

    /// Renders the pipelines as they are now, and runs one.
    private func render(
        _ play: Playground, _ python: String, slug: String = "ci", environment: [String: String] = [:]
    ) async throws -> RunResult {
        let rendered = try await runProgram(
            python, [".hm/pipelines.py"], in: play.project, environment: environment)
        try #require(rendered.status == 0, "\(rendered.stderr)")
        return try await play.run(rendered.stdout, ["-p", slug])
    }
}
