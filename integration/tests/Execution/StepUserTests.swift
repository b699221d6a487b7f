import Testing

@Suite struct `A step's user` {
    private func pipeline(_ user: String, _ command: String) -> String {
        """
        version: 1
        image: busybox
        steps:
          - key: who
            run: |
              \(command)
            user: "\(user)"
            network: none
        """
    }

    /// As given, and what `id -u`, `id -g`, `id -G` and `$HOME` then are in the image.
    static let users: [(name: String, uid: String, gid: String, groups: String, home: String)] = [
        ("1000", "1000", "1000", "1000 2000", "/home/builder"),
        ("builder", "1000", "1000", "1000 2000", "/home/builder"),
        ("builder:extra", "1000", "2000", "2000", "/home/builder"),
        ("4321", "4321", "0", "0", "/"),
        ("4321:4322", "4321", "4322", "4322", "/"),
        ("root", "0", "0", "0", "/root"),
    ]

    @Test(arguments: users.indices) func `is who the image says, and owns the source`(
        index: Int
    ) async throws {
        let user = Self.users[index]
        try await Playground.open { play in
            try play.write("secret.txt", "readable\n", mode: 0o600)
            try await play.shell("mkdir -m 0700 dir && echo x > dir/x && chown 77:88 dir/x")
            let run = try await play.run(
                pipeline(
                    user.name,
                    """
                    id -u; id -g; id -G; echo $HOME
                          cat secret.txt && echo more >> secret.txt && touch new dir/new
                          stat -c %u:%g . secret.txt dir dir/x new
                    """))
            let owner = "\(user.uid):\(user.gid)\n"
            let expected =
                "\(user.uid)\n\(user.gid)\n\(user.groups)\n\(user.home)\nreadable\n"
                + String(repeating: owner, count: 5)
            #expect(run.log(of: "who") == expected, "\(user.name): \(run.stderr)")
            #expect(run.exitCode == 0)
        }
    }

    @Test func `does not own what another's step wrote, and has no rights of root`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "a\n")
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: root, run: 'echo r > made; mkdir -m 0755 mine; id -u', cache: forever, network: none}
                  - key: builder
                    from: root
                    run: |
                      stat -c %u made mine a.txt
                      echo x >> made || echo refused
                      touch mine/x || echo refused
                      touch /etc/x || echo refused
                      echo b >> a.txt && cat a.txt
                    user: builder
                    network: none
                  - {key: after, from: builder, run: 'stat -c %u made a.txt; ls', network: none}
                """)
            #expect(run.exitCode == 0, "\(run.stderr)")
            let log = run.log(of: "builder").split(separator: "\n").filter { !$0.hasPrefix("sh:") }
                .filter { !$0.hasPrefix("touch:") }
            #expect(
                log == ["0", "0", "1000", "refused", "refused", "refused", "a", "b"],
                "\(run.log(of: "builder"))")
            #expect(run.log(of: "after") == "0\n1000\na.txt\nmade\nmine\n")
        }
    }

    @Test func `is part of its identity`() async throws {
        func cached(_ user: String) -> String {
            """
            version: 1
            image: busybox
            steps: [{key: a, run: 'id -u > /tmp/who', cache: forever, user: "\(user)", network: none}]
            """
        }
        try await Playground.open { play in
            _ = try await play.run(cached("root"))
            let run = try await play.run(cached("builder"))
            #expect(run.reason(of: "a") == "identity-changed")
            #expect(run.reasonDetail(of: "a").contains("user"))
            #expect(try await play.run(cached("root")).status(of: "a") == "cache_hit")
        }
    }
}
