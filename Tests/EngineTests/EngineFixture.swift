import Foundation
import Linux
import Logging
import Model
import Pipelines
import Testing

@testable import Engine

/// An engine on a temporary store with an image of busybox; nothing is left of it at the end.
struct EngineFixture: Sendable {
    let engine: Engine
    let root: String

    static func open(
        configure: (inout EngineConfiguration) -> Void = { _ in },
        _ body: (EngineFixture) async throws -> Void
    ) async throws {
        let root = "/var/tmp/varve-engine-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(
            atPath: root + "/image/bin", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: root + "/image/bin/busybox")
        for applet in ["sh", "cat", "echo", "true", "sleep", "mkdir", "rm"] {
            try FileManager.default.createSymbolicLink(
                atPath: root + "/image/bin/" + applet, withDestinationPath: "busybox")
        }
        var configuration = EngineConfiguration(
            storePath: root + "/store", runtimeDirectory: RuntimeDirectory(root + "/run"))
        configure(&configuration)
        let engine = try await Engine.open(configuration, logger: Logger(label: "test"))
        let fixture = EngineFixture(engine: engine, root: root)
        do {
            _ = try await engine.importImage(
                ResourceName("busybox", kind: "image"), from: root + "/image", by: .success(try Self.peer),
                into: .named(nil)
            ) { _ in }
            try await body(fixture)
        } catch {
            await engine.shutDown()
            await engine.close()
            throw error
        }
        await engine.shutDown()
        await engine.close()
    }

    static var peer: PeerRoot {
        get throws {
            PeerRoot(
                root: try Directory(opening: "/"),
                identity: .daemon)
        }
    }

    static func pipeline(_ text: String) throws -> Pipeline {
        try PipelineReader(options: .init(slug: nil, defaultImage: "busybox")).read(text)
    }

    /// A run of a pipeline that needs no workspace, which nobody drives.
    func undrivenRun(_ text: String, _ history: RunHistory = RunHistory()) async throws -> LiveRun {
        let request = RunRequest(
            pipeline: try Self.pipeline(text), workspace: nil, revision: nil, options: RunOptions())
        let folder = "\(root)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return LiveRun(
            id: "r", frozen: try await engine.freeze(request, for: Scope(owner: 0)),
            requestFolder: RunRequestFolder(of: "r", in: folder),
            journal: try RunJournal(creatingIn: try Directory(opening: folder), stepCount: 1), outputs: nil,
            history: history)
    }

    /// Runs a pipeline that needs no workspace, to its end.
    func run(_ text: String, _ options: RunOptions = RunOptions()) async throws -> RunDetails {
        let request = RunRequest(
            pipeline: try Self.pipeline(text), workspace: nil, revision: nil, options: options)
        let run = try await engine.startRun(request, for: Scope(owner: 0), outputs: nil)
        _ = try await events(of: run.id)
        return try await engine.run(run.id, in: .everywhere)
    }

    /// All events as they are stored; returns when the run is over.
    func events(of id: String) async throws -> String {
        var bytes: [UInt8] = []
        let reader = try await engine.events(of: id, after: 0, in: .everywhere)
        while let chunk = try await reader.next() { bytes += chunk }
        return String(decoding: bytes, as: UTF8.self)
    }
}
