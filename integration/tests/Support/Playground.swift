import Foundation
import Testing

/// A daemon on a store of its own, a project directory, and an image with busybox; all gone at the end,
/// whatever happens.
///
/// ```swift
/// try await Playground.open { play in
///     try play.write("a.txt", "1")
///     let run = try await play.run(pipeline)
///     #expect(run.status(of: "test") == "passed")
/// }
/// ```
final class Playground: Sendable {
    let root: String
    let daemon: Daemon

    var store: String { root + "/store" }
    var socket: String { root + "/run/varve.sock" }
    var project: String { root + "/project" }

    /// Waits for its turn: only some playgrounds are open at once, so that many tests don't slow each other
    /// down until time limits strike.
    ///
    /// - Parameters:
    ///   - disk: puts the store on an ext4 file system of that size, such as `64M`.
    ///   - arguments: further ones of the daemon.
    static func open(
        image: Bool = true, storeOn disk: String? = nil, arguments: [String] = [],
        _ body: (Playground) async throws -> Void
    ) async throws {
        await turns.take()
        defer { turns.giveBack() }
        try await openNow(image: image, storeOn: disk, arguments: arguments, body)
    }

    /// Opens a second playground beside this one, within its turn.
    func openAnother(_ body: (Playground) async throws -> Void) async throws {
        try await Self.openNow(image: true, storeOn: nil, body)
    }

    private static let turns = Turns(4)

    private static func openNow(
        image: Bool, storeOn disk: String?, arguments: [String] = [],
        _ body: (Playground) async throws -> Void
    ) async throws {
        let play = try Playground()
        do {
            if let disk { try await play.mountDisk(disk) }
            try await play.daemon.start(arguments)
            if image { try await play.importBusybox() }
            try await body(play)
        } catch {
            await play.close()
            throw error
        }
        await play.close()
    }

    private init() throws {
        root = "/var/tmp/varve-test-\(UUID().uuidString.prefix(8))"
        for folder in ["", "/run", "/project"] {
            try FileManager.default.createDirectory(atPath: root + folder, withIntermediateDirectories: true)
        }
        daemon = Daemon(store: root + "/store", socket: root + "/run/varve.sock", log: root + "/varved.log")
    }

    private func close() async {
        if let end = daemon.unexpectedEnd { Issue.record("\(end)") }
        await discardLeases()
        await daemon.end()
        _ = try? await Self.shell("! mountpoint -q '\(store)' || umount '\(store)'", in: "/")
        // Names need be no text; what is still mounted is left for those who look for it.
        _ = try? await Self.shell("rm -rf --one-file-system '\(root)'", in: "/")
    }

    private func mountDisk(_ size: String) async throws {
        let made = try await Self.shell(
            """
            truncate -s \(size) '\(root)/disk' && mkfs.ext4 -q '\(root)/disk'
            mkdir '\(store)' && mount -o loop '\(root)/disk' '\(store)'
            """, in: "/")
        try #require(made.status == 0, "\(made.stderr)")
    }

    private func importBusybox() async throws {
        let image = root + "/busybox"
        try await Busybox.makeRoot(image)
        let imported = try await varve(["image", "import", "busybox", image])
        try #require(imported.status == 0, "\(imported.stderr)")
    }

    // MARK: - The project

    func write(_ path: String, _ text: String, mode: Int? = nil) throws {
        let url = URL(fileURLWithPath: project + "/" + path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        if let mode {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
        }
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: project + "/" + path) }

    /// Runs a shell script in the project's directory.
    @discardableResult
    func shell(_ script: String) async throws -> Output {
        let output = try await Self.shell(script, in: project)
        try #require(output.status == 0, "\(script): \(output.stderr)")
        return output
    }

    static func shell(_ script: String, in directory: String) async throws -> Output {
        try await runProgram("/bin/sh", ["-ec", script], in: directory)
    }

    // MARK: - The client

    func varve(
        _ arguments: [String], in directory: String? = nil, environment: [String: String] = [:],
        input: String = ""
    ) async throws -> Output {
        var environment = environment
        environment["VARVE_SOCKET"] = environment["VARVE_SOCKET"] ?? socket
        return try await runProgram(
            Programs.varve, arguments, in: directory ?? project, environment: environment, input: input)
    }

    /// Runs a pipeline (YAML or JSON) on the project's directory and returns all its events.
    func run(
        _ pipeline: String, _ arguments: [String] = [], in directory: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> RunResult {
        let output = try await varve(
            ["run", "-", "--format", "json"] + arguments, in: directory, environment: environment,
            input: pipeline)
        return try RunResult(output)
    }

    /// Starts a run and goes on; its events can be waited for.
    func start(
        _ pipeline: String, _ arguments: [String] = [], in directory: String? = nil,
        environment: [String: String] = [:]
    ) throws -> RunningRun {
        try RunningRun(
            arguments, pipeline: pipeline, in: directory ?? project,
            environment: environment.merging(["VARVE_SOCKET": socket]) { given, _ in given })
    }

    // MARK: - The socket

    /// Asks the daemon without the client.
    func request(_ method: String, _ path: String, body: String? = nil, _ extra: [String] = []) async throws
        -> Output
    {
        let sent = body.map { ["-H", "Content-Type: application/json", "--data-binary", $0] } ?? []
        return try await runProgram(
            "curl",
            ["-sS", "--max-time", "60", "--unix-socket", socket, "-X", method, "http://varve" + path] + sent
                + extra)
    }
}
