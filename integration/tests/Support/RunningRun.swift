import Foundation
import Glibc
import Synchronization
import SystemPackage
import Testing

/// A `varve run --format json` that goes on while the test does something else.
///
/// It is killed after two minutes, so that a test that waits for what never comes fails instead of hanging.
final class RunningRun: Sendable {
    private struct State {
        var unfinishedLine = Data()
        var stdout = Data()
        var events: [[String: JSON]] = []
        var ended = false
        /// Counts what came in, so that nothing that comes between a look and a wait is missed.
        var version = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let process: Process
    private let stderr: Pipe
    private let state = Mutex(State())

    init(
        _ arguments: [String], pipeline: String, in directory: String, environment: [String: String]
    ) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: Programs.varve)
        process.arguments = ["run", "-", "--format", "json"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let input = FileHandle(fileDescriptor: try standardInput(pipeline).rawValue, closeOnDealloc: true)
        let output = Pipe()
        stderr = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = stderr
        try process.run()
        // A thread that reads to the end: `readabilityHandler` can miss the end of a pipe.
        let handle = output.fileHandleForReading
        Thread.detachNewThread { [weak self] in
            while case let bytes = handle.availableData, !bytes.isEmpty { self?.take(bytes) }
            self?.take(Data())
        }
        let pid = process.processIdentifier
        Task { [weak self] in
            try await Task.sleep(for: .seconds(120))
            if let self, !self.state.withLock({ $0.ended }) { Glibc.kill(pid, SIGKILL) }
        }
    }

    var pid: Int32 { process.processIdentifier }

    /// Waits until an event of this kind (of this step) was printed, now or before.
    @discardableResult
    func event(
        _ kind: String, of step: String? = nil, where matches: ([String: JSON]) -> Bool = { _ in true }
    ) async throws -> [String: JSON] {
        while true {
            let seen = state.withLock { ($0.events, $0.ended, $0.version) }
            let found = seen.0.first {
                $0["kind"]?.text == kind && (step == nil || $0["step"]?.text == step) && matches($0)
            }
            if let found { return found }
            try #require(!seen.1, "the run ended without \(kind) \(step ?? "")")
            await change(after: seen.2)
        }
    }

    /// Waits until the step printed this line.
    func line(_ line: String, of step: String) async throws {
        try await event("step_log", of: step) { $0["line"]?.text == line }
    }

    /// The client has closed its output.
    var hasEnded: Bool { state.withLock { $0.ended } }

    func signal(_ signal: Int32) { Glibc.kill(process.processIdentifier, signal) }

    /// Waits for the client's end.
    func end() async throws -> RunResult {
        while case let seen = state.withLock({ ($0.ended, $0.version) }), !seen.0 {
            await change(after: seen.1)
        }
        let said = String(decoding: stderr.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let status = Int(process.terminationStatus) + (process.terminationReason == .exit ? 0 : 128)
        let stdout = state.withLock { String(decoding: $0.stdout, as: UTF8.self) }
        return try RunResult(Output(status: status, stdout: stdout, stderr: said))
    }

    /// Counts what it has printed.
    var printed: Int { state.withLock { $0.version } }

    /// Waits until it has printed more than that, or has ended.
    func more(than printed: Int) async { await change(after: printed) }

    private func take(_ bytes: Data) {
        let waiting = state.withLock { state in
            state.stdout.append(bytes)
            state.unfinishedLine.append(bytes)
            while let end = state.unfinishedLine.firstIndex(of: UInt8(ascii: "\n")) {
                let line = state.unfinishedLine[..<end]
                if let event = try? JSONDecoder().decode([String: JSON].self, from: line) {
                    state.events.append(event)
                }
                state.unfinishedLine.removeSubrange(...end)
            }
            state.ended = bytes.isEmpty
            state.version += 1
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private func change(after version: Int) async {
        await withCheckedContinuation { continuation in
            let changed = state.withLock { state in
                if state.version == version { state.waiting.append(continuation) }
                return state.version != version
            }
            if changed { continuation.resume() }
        }
    }
}
