import Foundation
import TestSupport
import Testing

extension Playground {
    /// Waits until the daemon only waits: all its threads sleep, and none has run for a moment.
    ///
    /// By then a run that was taken on before has come to where something else must happen first, which no
    /// event tells: behind an execution of another run, for instance.
    func awaitIdleDaemon() async throws {
        try await eventually("the daemon has nothing to do") {
            let before = try threads()
            let areAsleep = before.values.allSatisfy { $0.contains("State:\tS (sleeping)") }
            guard areAsleep, !before.isEmpty else { return false }
            try await Task.sleep(for: .milliseconds(50))
            return try threads() == before
        }
    }

    /// Starts a run that has to wait for an execution another one began.
    ///
    /// - Parameter step: one that is queued by then.
    func startWaiting(
        _ pipeline: String, _ arguments: [String] = [], for step: String
    ) async throws -> RunningRun {
        let run = try start(pipeline, arguments)
        try await run.event("step_queued", of: step)
        try await awaitIdleDaemon()
        return run
    }

    /// Of each of the daemon's threads, whether it sleeps, and how often it has been given another turn.
    private func threads() throws -> [String: [String]] {
        let tasks = "/proc/\(try #require(daemon.pid))/task"
        var threads: [String: [String]] = [:]
        for thread in try FileManager.default.contentsOfDirectory(atPath: tasks) {
            // One may end in the meantime.
            let status = try? String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8)
            threads[thread] = (status ?? "").split(separator: "\n").map(String.init).filter { line in
                line.hasPrefix("State:") || line.contains("voluntary_ctxt_switches:")
            }
        }
        return threads
    }
}
