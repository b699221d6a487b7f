import Foundation
import Testing

/// What runs the tests of the installed programs, on tests of no more than a line.
@Suite struct `The tests of the installed programs` {
    private static let runner = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("tools/run-installed").path

    private func run(_ names: [String]) async throws -> Output {
        let folder = "/var/tmp/varve-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, script) in [
            ("passes", "echo well"), ("fails", "echo badly; exit 3"),
            ("can-not-be", "echo 'can-not-be: SKIPPED: no such kernel here'; exit 77"),
        ] {
            let path = folder + "/" + name
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        return try await runProgram(Self.runner, ["--in", folder] + names)
    }

    @Test func `are skipped where they can't be had, counted, with the reason, which is no failure`()
        async throws
    {
        let output = try await run(["can-not-be", "passes"])
        #expect(output.status == 0, "\(output.stderr)")
        #expect(output.lines.contains("well"))
        #expect(
            output.lines.suffix(2) == [
                "installed programs: 1 passed, 0 failed, 1 skipped",
                "  skipped: can-not-be (no such kernel here)",
            ])
    }

    @Test func `all come to their end, whichever fails, and that is told`() async throws {
        let output = try await run(["fails", "can-not-be", "passes"])
        #expect(output.status == 1)
        #expect(output.lines.contains("badly") && output.lines.contains("well"), "\(output.stdout)")
        #expect(output.lines.contains("installed programs: 1 passed, 1 failed, 1 skipped"))
        #expect(output.stderr == "  failed: fails (3)\n")
    }
}
