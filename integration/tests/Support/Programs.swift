import Foundation
import Subprocess
import SystemPackage

/// The programs under test, as the build left them beside the test program.
enum Programs {
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().path

    static var varve: String { folder + "/varve" }
    static var varved: String { folder + "/varved" }
}

/// What a program said, and how it ended.
struct Output: Sendable {
    /// 128 + N where signal N ended it.
    let status: Int
    let stdout: String
    let stderr: String

    var lines: [String] { stdout.split(separator: "\n", omittingEmptySubsequences: true).map(String.init) }
}

/// Runs a program to its end, its output bounded by 64 MiB.
func runProgram(
    _ program: String, _ arguments: [String], in directory: String = "/",
    environment: [String: String] = [:], input: String = ""
) async throws -> Output {
    var changes: [Environment.Key: String?] = [:]
    for (name, value) in environment { changes[Environment.Key(rawValue: name) ?? "_"] = value }
    let result = try await Subprocess.run(
        program.hasPrefix("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
        environment: .inherit.updating(changes), workingDirectory: FilePath(directory),
        input: .fileDescriptor(try standardInput(input), closeAfterSpawningProcess: true),
        output: .string(limit: 64 << 20), error: .string(limit: 64 << 20))
    let status =
        switch result.terminationStatus {
        case .exited(let code): Int(code)
        case .signaled(let signal): 128 + Int(signal)
        }
    return Output(status: status, stdout: result.standardOutput, stderr: result.standardError)
}

/// A file with this text, without a name. A pipe would end the tests where a program does not read it.
func standardInput(_ text: String) throws -> FileDescriptor {
    let path = "/tmp/varve-test-input-\(UUID().uuidString)"
    let file = try FileDescriptor.open(
        FilePath(path), .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: .ownerReadWrite)
    try FileManager.default.removeItem(atPath: path)
    try file.writeAll(text.utf8)
    try file.seek(offset: 0, from: .start)
    return file
}
