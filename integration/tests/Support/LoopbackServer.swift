import Foundation
import Glibc
import TestSupport
import Testing

/// A web server on the host's loopback, on a port that the kernel chose.
enum LoopbackServer {
    /// - Parameter body: gets the port; the server is gone when it returns.
    static func open(_ files: [String: String], _ body: (Int) async throws -> Void) async throws {
        let folder = URL(fileURLWithPath: "/var/tmp/varve-test-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        try await open(serving: folder, body)
    }

    /// Serves what is in `folder`, also what comes into it later.
    static func open(serving folder: URL, _ body: (Int) async throws -> Void) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Serving HTTP on 127.0.0.1 port 40321 (http://127.0.0.1:40321/) ...
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let words = said.split(separator: " ")
        let port = words.firstIndex(of: "port").flatMap { Int(words[$0 + 1]) }
        do {
            try await body(try #require(port, "the server said: \(said)"))
        } catch {
            await end(process)
            throw error
        }
        await end(process)
    }

    private static func end(_ process: Process) async {
        kill(process.processIdentifier, SIGKILL)
        await process.ended()
    }
}
