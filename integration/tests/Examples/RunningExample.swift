import Foundation
import Glibc
import TestSupport
import Testing

/// One of the programs in `integration/examples` that goes on while the test does something else.
///
/// It is killed after two minutes, so that a test that waits for what never comes fails instead of hanging.
final class RunningExample: Sendable {
    private let process: Process
    private let stdout: String
    private let stderr: String

    /// - Parameter runtime: made by `makeRuntime`.
    init(_ name: String, _ steps: [String], runtime: String, options: [String] = [], on play: Playground)
        throws
    {
        let files = play.root + "/example-\(UUID().uuidString)"
        (stdout, stderr) = (files + ".out", files + ".err")
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments =
            ["-I", "-c", Self.unblocking, Self.folder.appendingPathComponent(name).path] + [
                "--socket", play.socket, "--dir", play.project, "--runtime", runtime,
            ] + options + steps
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(stdout)
        process.standardError = try Self.file(stderr)
        try process.run()
        let pid = process.processIdentifier
        Task { [process] in
            try await Task.sleep(for: .seconds(120))
            if process.isRunning { kill(pid, SIGKILL) }
        }
    }

    /// A thread of the tests may have signals blocked, which its children would inherit.
    private static let unblocking = """
        import os, signal, sys
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execv(sys.argv[1], sys.argv[1:])
        """

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../examples").standardized

    private static func file(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    /// Waits until the command has printed this text, or the example has said it.
    func said(_ text: String) async throws {
        while true {
            let isRunning = process.isRunning
            let (out, error) = (read(stdout), read(stderr))
            if out.contains(text) || error.contains(text) { return }
            try #require(isRunning, "it ended without ‘\(text)’: \(out)\(error)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    func end() async -> Output {
        await process.ended()
        let status = Int(process.terminationStatus) + (process.terminationReason == .exit ? 0 : 128)
        return Output(status: status, stdout: read(stdout), stderr: read(stderr))
    }

    private func read(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    /// A `crun` that works here. On hosts with hybrid control groups it starts nothing while it sees the v2 side.
    static func makeRuntime(on play: Playground) throws -> String {
        guard FileManager.default.fileExists(atPath: "/sys/fs/cgroup/unified") else { return "crun" }
        let path = play.root + "/crun"
        try Data(
            """
            #!/bin/sh
            exec unshare -m sh -c 'umount /sys/fs/cgroup/unified; exec crun "$@"' crun "$@"
            """.utf8
        ).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }
}
