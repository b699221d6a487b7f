import Foundation
import Glibc

/// A process that holds on to something until it is ended.
final class Holder: Sendable {
    private let process: Process
    private let output = Pipe()

    init(_ script: String, in directory: String) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardOutput = output
        try process.run()
    }

    var pid: Int32 { process.processIdentifier }

    /// Waits until it has said something.
    func awaitReady() throws { _ = try output.fileHandleForReading.read(upToCount: 1) }

    func end() {
        kill(pid, SIGKILL)
        process.waitUntilExit()
    }
}
