import Foundation
import Testing

/// A job as people have them, on a Debian root: tools from the mirror, a build, a test.
@Suite struct `A C project on a Debian root` {
    /// What steps that use the mirror need of this machine's way to it.
    private let proxies = ["http_proxy", "https_proxy", "no_proxy"].filter {
        ProcessInfo.processInfo.environment[$0] != nil
    }

    private var pipeline: String {
        """
        version: 1
        image: debian
        env: {DEBIAN_FRONTEND: noninteractive}
        steps:
          - key: tools
            run: apt-get update -q && apt-get install -y -q --no-install-recommends make gcc libc6-dev
            cache: forever
            network: host
            pass_env: \(proxies)
          - key: build
            from: tools
            run: ./configure && make
            cache: {on_change: ["src/**", Makefile, configure]}
            network: none
          - {key: test, from: build, run: ./greet && cat NOTES, network: none}
        """
    }

    @Test func `installs its compiler once and builds what the source says now`() async throws {
        try await Playground.open(image: false) { play in
            try await play.importDebian()
            try writeProject(play)
            let first = try await play.run(pipeline)
            #expect(first.exitCode == 0, "\(first.stderr) \(first.log(of: "tools").suffix(2000))")
            #expect(first.log(of: "test") == "hello, world\nnotes 1\n")

            try play.write("src/greeting.c", greeting("goodbye"))
            let edited = try await play.run(pipeline)
            #expect(edited.status(of: "tools") == "cache_hit")
            #expect(edited.reason(of: "build") == "identity-changed")
            #expect(edited.log(of: "build").contains("greeting.c"))
            #expect(edited.log(of: "test") == "goodbye, world\nnotes 1\n")

            try play.write("NOTES", "notes 2\n")
            let unchanged = try await play.run(pipeline)
            #expect(
                unchanged.statuses == ["tools": "cache_hit", "build": "cache_hit", "test": "passed"])
            #expect(unchanged.log(of: "test") == "goodbye, world\nnotes 2\n")

            try play.write("src/greeting.c", greeting("hello"))
            let back = try await play.run(pipeline)
            #expect(back.statuses == ["tools": "cache_hit", "build": "cache_hit", "test": "passed"])
            #expect(back.log(of: "test") == "hello, world\nnotes 2\n")

            let fetched = try await play.run(
                """
                version: 1
                image: debian
                steps:
                  - key: fetch
                    run: apt-get update -q && apt-cache policy gcc && ls -d /sys/class/net/*
                    network: private
                    pass_env: \(proxies)
                """)
            #expect(fetched.exitCode == 0, "\(fetched.log(of: "fetch").suffix(2000))")
            #expect(fetched.log(of: "fetch").contains("Candidate:"))
            #expect(fetched.log(of: "fetch").contains("/sys/class/net/tap0"))
        }
    }

    private func writeProject(_ play: Playground) throws {
        try play.write("configure", "#!/bin/sh\necho CFLAGS = -O1 -Wall > config.mk\n", mode: 0o755)
        try play.write(
            "Makefile",
            """
            include config.mk
            greet: src/main.o src/greeting.o
            \t$(CC) -o $@ $^
            src/%.o: src/%.c src/greeting.h
            \t$(CC) $(CFLAGS) -c -o $@ $<

            """)
        try play.write("src/greeting.h", "const char *greeting(void);\n")
        try play.write("src/greeting.c", greeting("hello"))
        try play.write(
            "src/main.c",
            """
            #include <stdio.h>
            #include "greeting.h"
            int main(void) { return printf("%s, world\\n", greeting()) < 0; }

            """)
        try play.write("NOTES", "notes 1\n")
    }

    private func greeting(_ word: String) -> String {
        "#include \"greeting.h\"\nconst char *greeting(void) { return \"\(word)\"; }\n"
    }
}
