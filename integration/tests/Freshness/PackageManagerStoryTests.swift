import Testing

/// Harmont issue 85 by its own story: the container enabled the package manager that yesterday's
/// `package.json` named.
@Suite struct `A pipeline that enables the package manager its source names` {
    private let pipeline = """
        version: 1
        image: busybox
        env: {CI: "true"}
        steps:
          - {key: apt-base, run: 'echo curl ca-certificates > /base', cache: {ttl: 24h}, network: none}
          - {key: install, from: apt-base, run: 'echo node > /node', cache: forever, network: none}
          - key: pnpm
            from: install
            run: |
              sed -n 's/.*"packageManager": *"\\([^"]*\\)".*/\\1/p' package.json > /enabled && cat /enabled
            cache: {on_change: [package.json]}
            network: none
          - key: deps
            from: pnpm
            run: mkdir -p node_modules && cp /enabled node_modules/.by
            cache: {on_change: [pnpm-lock.yaml]}
            network: none
          - {key: test, from: deps, run: cat node_modules/.by, network: none}
        """

    @Test func `uses the new one after an edit`() async throws {
        try await Playground.open { play in
            try play.write("package.json", #"{"packageManager": "pnpm@9.0.0"}"#)
            try play.write("pnpm-lock.yaml", "lock")
            let first = try await play.run(pipeline)
            #expect(first.log(of: "test") == "pnpm@9.0.0\n", "\(first.stderr)")
            try play.write("package.json", #"{"packageManager": "pnpm@10.1.0"}"#)
            let second = try await play.run(pipeline)
            #expect(second.status(of: "apt-base") == "cache_hit")
            #expect(second.status(of: "install") == "cache_hit")
            #expect(second.log(of: "pnpm") == "pnpm@10.1.0\n")
            #expect(second.reason(of: "deps") == "parent-executed")
            #expect(second.log(of: "test") == "pnpm@10.1.0\n")
        }
    }
}
