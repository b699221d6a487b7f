import Foundation
import Glibc
import Subprocess
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// A real `varved`, started and stopped as often as a test wants.
final class Daemon: Sendable {
    let store: String
    let socket: String
    let log: String
    private let running = Mutex<Process?>(nil)

    init(store: String, socket: String, log: String) {
        self.store = store
        self.socket = socket
        self.log = log
    }

    /// Starts the daemon and waits until it answers. How full the machine's disk is does not matter to it, unless
    /// `extra` has marks.
    ///
    /// - Parameter mayDie: whether it may end before it answers, which is a failure otherwise.
    func start(
        _ extra: [String] = [], environment: [String: String] = [:], mayDie: Bool = false
    ) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Programs.varved)
        process.arguments =
            ["--store", store, "--socket", socket, "--config", "/nonexistent"] + Self.marks + extra
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if !FileManager.default.fileExists(atPath: log) { try Data().write(to: URL(fileURLWithPath: log)) }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        running.withLock { $0 = process }
        try await waitUntilReady(process, mayDie: mayDie)
    }

    private static let marks = ["--disk-warning", "100", "--disk-high", "100", "--disk-low", "100"]

    var pid: Int32? { running.withLock { $0?.processIdentifier } }

    /// How the daemon ended on its own, with what it said; nil while it runs or after it was stopped.
    var unexpectedEnd: String? {
        guard let process = running.withLock({ $0 }), !process.isRunning else { return nil }
        let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return
            "varved ended by \(process.terminationReason) \(process.terminationStatus): \(said.suffix(20000))"
    }

    /// Asks the daemon to stop and to end all its runs, and waits for it.
    func end() async { await end(with: SIGINT) }

    /// Asks the daemon to stop, which leaves steps under way to its next start, and waits for it.
    func stop() async { await end(with: SIGTERM) }

    /// Kills the daemon without a chance to clean up.
    func kill() async { await end(with: SIGKILL) }

    private func end(with signal: Int32) async {
        guard let process = running.withLock({ $0.take() }), process.isRunning else { return }
        Glibc.kill(process.processIdentifier, signal)
        await process.ended()
    }

    private func waitUntilReady(_ process: Process, mayDie: Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            let answer = try await runProgram(
                "curl", ["-s", "--max-time", "5", "--unix-socket", socket, "http://varve/v1/info"])
            if answer.status == 0 { return }
            if !process.isRunning { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        if mayDie, !process.isRunning { return }
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        Issue.record("the daemon did not come up: \(text)")
        throw CancellationError()
    }
}
