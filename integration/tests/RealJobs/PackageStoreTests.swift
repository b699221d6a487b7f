import Foundation
import Testing

/// Package stores and caches as their own tools fill them, kept in volumes.
@Suite struct `A tool's own store in a volume` {
    /// What steps that use the mirror need of this machine's way to it.
    private let proxies = ["http_proxy", "https_proxy", "no_proxy"].filter {
        ProcessInfo.processInfo.environment[$0] != nil
    }

    /// A step with tools of the mirror, below all others.
    private func pipeline(_ packages: String, _ steps: String) -> String {
        """
        version: 1
        image: debian
        env: {DEBIAN_FRONTEND: noninteractive}
        steps:
          - key: tools
            run: apt-get update -q && apt-get install -y -q --no-install-recommends \(packages)
            cache: forever
            workspace: none
            network: host
            pass_env: \(proxies)
        \(steps)
        """
    }

    @Test func `has what Nix built in the run before, and Nix's database agrees with it`() async throws {
        func run(_ play: Playground, _ script: String) async throws -> RunResult {
            let body = script.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
            return try await play.run(
                pipeline(
                    "nix-bin",
                    """
                      - key: nix
                        from: tools
                        network: none
                        env: {NIX_REMOTE: "", HOME: /root}
                        mounts: [{volume: nix, paths: [/nix/store, /nix/var/nix]}]
                        run: |
                          export NIX_CONFIG="sandbox = false
                          build-users-group =
                          substituters ="
                    \(body)
                    """))
        }
        let build = """
            nix-build --no-out-link -E 'derivation { name = "hello"; system = builtins.currentSystem;
              builder = "/bin/sh"; args = ["-c" "echo built > $out"]; }'
            """
        try await Playground.open(image: false) { play in
            try await play.importDebian()
            let first = try await run(play, build + "\nls /nix/store; nix-store --verify --check-contents")
            #expect(
                first.exitCode == 0,
                "\(first.stderr) \(first.log(of: "nix")) \(first.log(of: "tools").suffix(1000))")
            let path = try #require(
                first.log(of: "nix").split(separator: "\n").first { $0.hasPrefix("/nix/store/") }.map(
                    String.init))
            let broken = try await run(play, "rm -rf \(path); exit 1")
            #expect(broken.status(of: "nix") == "failed")
            let second = try await run(
                play,
                """
                cat \(path)
                nix-store --verify --check-contents 2>&1
                nix-store --query --hash \(path)
                nix-store --query --requisites \(path)
                """)
            #expect(second.exitCode == 0, "\(second.log(of: "nix"))")
            let log = second.log(of: "nix")
            #expect(
                log.hasPrefix("built\n") && log.contains("sha256:") && log.hasSuffix("\(path)\n"), "\(log)")
            #expect(!log.contains("disappeared") && !log.contains("not valid"), "\(log)")
        }
    }

    @Test func `has what a compiler made, so that a build from scratch finds it`() async throws {
        let build = pipeline(
            "ccache gcc libc6-dev make",
            """
              - key: build
                from: tools
                network: none
                env: {CCACHE_DIR: /ccache}
                mounts: [{volume: ccache, path: /ccache}]
                run: |
                  ccache -z > /dev/null
                  start=$(date +%s%N)
                  for n in $(seq 1 30); do ccache gcc -O2 -c -o /tmp/$n.o src/$n.c; done
                  echo milliseconds $(( ($(date +%s%N) - start) / 1000000 ))
                  ccache --print-stats | grep -E '^(direct_cache_hit|cache_miss)'
            """)
        try await Playground.open(image: false) { play in
            try await play.importDebian()
            for number in 1...30 {
                let functions = (0..<40).map { index in
                    "int f\(number)_\(index)(int x) { for (int i = 0; i < x; i++) printf(\"%d %d\\n\", i, x * \(index)); return x; }"
                }
                try play.write(
                    "src/\(number).c", "#include <stdio.h>\n" + functions.joined(separator: "\n") + "\n")
            }
            let cold = try await play.run(build)
            #expect(cold.exitCode == 0, "\(cold.stderr) \(cold.log(of: "tools").suffix(1000))")
            #expect(cold.log(of: "build").contains("cache_miss\t30"), "\(cold.log(of: "build"))")
            let warm = try await play.run(build)
            #expect(warm.log(of: "build").contains("direct_cache_hit\t30"), "\(warm.log(of: "build"))")
            func milliseconds(_ run: RunResult) -> Int {
                let line = run.log(of: "build").split(separator: "\n").first { $0.hasPrefix("milliseconds ") }
                return line.flatMap { Int($0.dropFirst(13)) } ?? 0
            }
            #expect(
                milliseconds(warm) < milliseconds(cold),
                "\(milliseconds(warm)) ms, cold \(milliseconds(cold))")
        }
    }

    // Debian's npm is no dependency of anything else here.
    @Test(
        .enabled("npm is not installed (Debian's npm)") {
            try await Playground.shell("command -v npm", in: "/").status == 0
        })
    func `has what npm fetched, so that it installs with no network at all`() async throws {
        try await Playground.open { play in
            try await play.image(
                "node",
                """
                mkdir -p usr/bin usr/lib lib64 opt
                cp "$(readlink -f "$(command -v node)")" usr/bin/node
                for library in $(ldd usr/bin/node | grep -o '/[^ ]*'); do
                    mkdir -p ".$(dirname $library)"; cp -L $library ".$library"
                done
                cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" opt/npm
                """)
            try play.write("package.json", #"{"name": "app", "dependencies": {"pebble": "1.0.0"}}"#)
            try await play.shell(
                """
                mkdir -p ../registry/package && cd ../registry
                echo '{"name": "pebble", "version": "1.0.0"}' > package/package.json
                echo '// a pebble' > package/index.js
                tar czf pebble.tgz package
                """)
            let registry = URL(fileURLWithPath: play.root + "/registry")
            var port = 0
            try await LoopbackServer.open(serving: registry) { chosen in
                port = chosen
                let metadata = """
                    {"name": "pebble", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {"name": "pebble",
                     "version": "1.0.0", "dist": {"tarball": "http://127.0.0.1:\(port)/pebble.tgz"}}}}
                    """
                try Data(metadata.utf8).write(to: registry.appending(path: "pebble"))
                let first = try await install(play, "host", port, "")
                #expect(
                    first.exitCode == 0 && first.log(of: "s").contains("a pebble"), "\(first.log(of: "s"))")
            }
            let second = try await install(play, "none", port, "--offline")
            #expect(
                second.exitCode == 0 && second.log(of: "s").contains("a pebble"), "\(second.log(of: "s"))")
            _ = try await play.varve(["volume", "clear", "npm"])
            let without = try await install(play, "none", port, "--offline")
            #expect(without.status(of: "s") == "failed", "it was the volume that had it")
        }
    }

    private func install(
        _ play: Playground, _ network: String, _ port: Int, _ more: String
    ) async throws -> RunResult {
        try await play.run(
            """
            version: 1
            image: node
            steps:
              - key: s
                network: \(network)
                env: {no_proxy: 127.0.0.1}
                mounts: [{volume: npm, path: /root/.npm}]
                run: |
                  node /opt/npm/bin/npm-cli.js install --no-audit --no-fund --no-update-notifier \\
                    --registry http://127.0.0.1:\(port) \(more) && cat node_modules/pebble/index.js
            """)
    }
}
