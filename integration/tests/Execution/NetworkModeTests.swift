import Foundation
import Testing

@Suite struct `A step's network` {
    /// The same look around in every mode.
    private func pipeline(port: Int, mode: String) -> String {
        """
        version: 1
        image: busybox
        steps:
          - key: look
            run: |
              for address in 127.0.0.1 10.0.2.2; do
                printf 'GET /hello HTTP/1.0\\r\\n\\r\\n' | nc -w 3 $address \(port) 2>/dev/null | grep host || echo no answer
              done
              ip -o link | sed 's/^[0-9]*: \\([^:@]*\\).*/link \\1/' | sort
              ip route | sed 's/^/route /'
            network: \(mode)
        """
    }

    @Test func `of the host reaches the host's loopback`() async throws {
        try await Playground.open { play in
            try await LoopbackServer.open(["hello": "from the host\n"]) { port in
                let run = try await play.run(pipeline(port: port, mode: "host"))
                #expect(run.log(of: "look").hasPrefix("from the host\n"), "\(run.stderr)")
                let links = try FileManager.default.contentsOfDirectory(atPath: "/sys/class/net").sorted()
                for link in links where link != "bonding_masters" {
                    #expect(run.log(of: "look").contains("link \(link)\n"))
                }
            }
        }
    }

    @Test func `of its own has a way out, and none to the host's loopback`() async throws {
        try await Playground.open { play in
            try await LoopbackServer.open(["hello": "from the host\n"]) { port in
                let run = try await play.run(pipeline(port: port, mode: "private"))
                #expect(run.exitCode == 0, "\(run.stderr)")
                let lines = run.log(of: "look").split(separator: "\n").map(String.init)
                #expect(lines.prefix(4) == ["no answer", "no answer", "link lo", "link tap0"])
                #expect(lines.contains { $0.hasPrefix("route default via 10.0.2.2 dev tap0") })
            }
        }
    }

    @Test func `is its own where the pipeline says nothing`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                "version: 1\nimage: busybox\nsteps: [{key: look, run: 'ls /sys/class/net | sort'}]")
            #expect(run.log(of: "look").contains("tap0\n"), "\(run.stderr)")
        }
    }

    @Test func `is loopback alone where it has none`() async throws {
        try await Playground.open { play in
            try await LoopbackServer.open(["hello": "from the host\n"]) { port in
                let run = try await play.run(pipeline(port: port, mode: "none"))
                #expect(run.log(of: "look") == "no answer\nno answer\nlink lo\n", "\(run.stderr)")
            }
        }
    }

    @Test func `lets parallel steps use one port`() async throws {
        let serve = "nc -l -p 8080 -e echo $NAME & nc 127.0.0.1 8080 2>/dev/null"
        try await Playground.open { play in
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: one, run: '(\(serve)); sleep 1', env: {NAME: one}}
                  - {key: two, run: '(\(serve)); sleep 1', env: {NAME: two}}
                """.replacing(
                    "nc 127.0.0.1 8080 2>/dev/null",
                    with: "until nc 127.0.0.1 8080 2>/dev/null; do sleep 0.05; done"), ["-j", "2"])
            #expect(run.exitCode == 0, "\(run.stderr)")
            #expect(run.log(of: "one") == "one\n" && run.log(of: "two") == "two\n")
        }
    }

    @Test func `is part of its identity`() async throws {
        try await Playground.open { play in
            func pipeline(_ mode: String) -> String {
                """
                version: 1
                image: busybox
                steps: [{key: a, run: 'true', cache: forever, network: \(mode)}]
                """
            }
            _ = try await play.run(pipeline("none"))
            let run = try await play.run(pipeline("host"))
            #expect(run.reason(of: "a") == "identity-changed")
            #expect(run.reasonDetail(of: "a").contains("network"))
        }
    }
}
