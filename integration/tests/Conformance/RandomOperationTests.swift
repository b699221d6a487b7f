import API
import Client
import Foundation
import Testing

/// Random file-system operations in chains of leases, with a commit after every 50 of them, against a plain directory
/// on which the same was done: `integration/tools/random-operations` does them and compares, before and after.
///
/// `VARVE_OPERATIONS` sets their number.
@Suite struct `Random operations in leases` {
    @Test func `leave what they leave in a plain directory`() async throws {
        let wanted = ProcessInfo.processInfo.environment["VARVE_OPERATIONS"].flatMap(Int.init) ?? 3_000
        try await Playground.open(image: false) { play in
            try await play.importBareImage()
            try await play.shell(
                "mkdir -p a/b; echo source > a/e.txt; echo x > b; ln -s b c; find . -exec touch -h -d @1000000000 {} +"
            )
            try await play.registerProject()
            var (done, seed) = (0, 0)
            while done < wanted {
                seed += 1
                done += try await chain(seed: seed, operations: wanted - done, on: play)
            }
            #expect(try await play.leftovers() == [])
        }
    }

    private static let batch = 50
    private static let mostBatches = 30

    private func chain(seed: Int, operations: Int, on play: Playground) async throws -> Int {
        let plain = play.root + "/plain"
        var parent: String?
        var effects = 0
        let batches = min((operations + Self.batch - 1) / Self.batch, Self.mostBatches)
        for number in 0..<batches {
            let lease = try await play.lease("chain-\(seed)-\(number)", on: parent)
            if number == 0 {
                try await Playground.succeed("rm -rf '\(plain)'; cp -a '\(lease.rootfs)' '\(plain)'")
            }
            let output = try await operate(seed, number, Self.batch, plain, lease.rootfs)
            effects += output.split(separator: " ").compactMap {
                $0.split(separator: "=").last.flatMap { Int($0) }
            }
            .reduce(0, +)
            parent = try await play.commit(lease)
        }
        let view = try await play.client.view(try #require(parent))
        _ = try await operate(seed, batches, 0, plain, view.rootfs)
        try await play.client.discardLease(view.id)
        // Or else equality would prove nothing.
        #expect(effects > batches * Self.batch / 3, "seed \(seed): few of the operations did anything")
        return batches * Self.batch
    }

    private func operate(
        _ seed: Int, _ batch: Int, _ count: Int, _ plain: String, _ root: String
    ) async throws -> String {
        let tool = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../tools/random-operations").standardized.path
        let output = try await runProgram(
            "/usr/bin/python3", ["-I", tool, "\(seed)", "\(batch)", "\(count)", plain, root])
        try #require(output.status == 0, "seed \(seed), batch \(batch): \(output.stderr)")
        return output.stdout
    }
}
