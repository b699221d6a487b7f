import Foundation
import Testing

@Suite struct `A full disk` {
    /// A playground whose store lies on a file system of 64 MiB.
    private func onSmallDisk(_ body: (Playground) async throws -> Void) async throws {
        try await Playground.open(storeOn: "64M") { play in try await body(play) }
    }

    @Test func `while a step writes ends that step as an error, and the next run works`() async throws {
        try await onSmallDisk { play in
            let fill = """
                version: 1
                image: busybox
                steps:
                  - {key: base, run: echo base > /base, cache: forever, network: none}
                  - {key: fill, from: base, run: 'dd if=/dev/zero of=/big bs=1M count=200', network: none}
                """
            let first = try await play.run(fill)
            #expect(first.exitCode == 5 || first.exitCode == 1, "\(first.stderr)")
            #expect(["error", "failed"].contains(first.status(of: "fill")))
            let next = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: base, run: echo base > /base, cache: forever, network: none}
                  - {key: small, from: base, run: 'cat /base; echo fine > /small', network: none}
                """)
            #expect(next.statuses == ["base": "cache_hit", "small": "passed"], "\(next.stderr)")
        }
    }

    @Test func `while the source is taken in is said, and loses nothing`() async throws {
        try await onSmallDisk { play in
            let pipeline = """
                version: 1
                image: busybox
                steps: [{key: show, run: ls, network: none}]
                """
            try play.write("small", "1")
            #expect(try await play.run(pipeline).exitCode == 0)
            try await play.shell("head -c 100M /dev/zero > big")
            let full = try await play.varve(["run", "-"], input: pipeline)
            #expect(full.status == 5, "\(full.stderr)")
            #expect(full.stderr.contains("error[storage-full]") && full.stderr.contains("fix:"))
            try play.remove("big")
            let after = try await play.run(pipeline)
            #expect(after.exitCode == 0 && after.log(of: "show") == "small\n", "\(after.stderr)")
        }
    }
}
