import Foundation
import Linux
import SystemPackage

/// A directory for one test, gone with it.
final class Scratch {
    let path: String

    init() throws {
        path = "/tmp/varve-images-\(UInt64.random(in: 0...UInt64.max))"
        try Directory(opening: "/tmp").createDirectory(String(path.dropFirst("/tmp/".count)), mode: 0o755)
    }

    deinit { try? Directory(opening: "/tmp").removeTree(String(path.dropFirst("/tmp/".count))) }

    struct ShellError: Error { let text: String }

    /// Runs a script in this directory and answers what it prints.
    @discardableResult
    func shell(_ script: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-euc", "umask 022; " + script]
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ShellError(text: "\(script)\n\(output)") }
        return output
    }

    func directory(_ name: String) throws -> Directory { try Directory(opening: path + "/" + name) }

    func newDirectory(_ name: String) throws -> Directory {
        try Directory(opening: path).createDirectory(name, mode: 0o755)
        return try directory(name)
    }

    func shared(_ name: String) throws -> SharedDirectory { SharedDirectory(try directory(name)) }

    func open(_ name: String) throws -> Descriptor { try Descriptor.openFile(path + "/" + name) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Descriptor.openFile(path + "/" + name, [.writeOnly, .create, .truncate], mode: 0o644).writeAll(
            bytes)
    }

    func read(_ name: String) throws -> [UInt8] { try open(name).readAll(limit: 1 << 28) }
}
