import Catalog
import Engine
import Foundation
import Linux
import Logging
import Model
import Server
import ServiceLifecycle
import TestSupport

/// The API on a socket of its own, before an engine on a temporary store; nothing is left of it at the end.
struct ServerFixture: Sendable {
    let engine: Engine
    let server: HTTPServer
    let root: String
    let socket: String
    private let group: ServiceGroup
    private let serving: Task<Void, any Error>

    /// - Parameters:
    ///   - group: the sockets'; a number.
    ///   - rules: of further sockets.
    ///   - prepare: gets the store's directory before the engine does.
    static func serve(
        _ configuration: ServerConfiguration = ServerConfiguration(), group: String = "0",
        rules: [ListenerRule] = [], prepare: (String) async throws -> Void = { _ in },
        _ body: (ServerFixture) async throws -> Void
    ) async throws {
        let root = "/var/tmp/varve-server-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(
            atPath: root + "/store/runs", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        try await prepare(root + "/store")
        let engine = try await Engine.open(
            EngineConfiguration(
                storePath: root + "/store", runtimeDirectory: RuntimeDirectory(root + "/run")),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            let fixture = try await start(engine, configuration, root, group, rules)
            let outcome = await Result.of { try await body(fixture) }
            await fixture.stop()
            try outcome.get()
        } catch {
            await engine.shutDown()
            await engine.close()
            throw error
        }
        await engine.shutDown()
        await engine.close()
    }

    private static func start(
        _ engine: Engine, _ configuration: ServerConfiguration, _ root: String, _ group: String,
        _ rules: [ListenerRule]
    ) async throws -> ServerFixture {
        let socket = root + "/socket/varve.sock"
        var listeners = [Listener(try ListeningSocket.open(path: socket, group: group))]
        for (index, rule) in rules.enumerated() {
            let further = try ListeningSocket.open(path: socket + ".\(index)", group: group)
            listeners.append(Listener(further, rule))
        }
        return try await start(engine, configuration, root, socket, listeners)
    }

    /// One more server of the same engine, on a socket that is not its own; to be stopped by the caller.
    func another(on listening: consuming Descriptor, at path: String) async throws -> ServerFixture {
        try await Self.start(
            engine, ServerConfiguration(), root, path, [Listener(ListeningSocket.adopt(listening))])
    }

    private static func start(
        _ engine: Engine, _ configuration: ServerConfiguration, _ root: String, _ socket: String,
        _ listeners: [Listener]
    ) async throws -> ServerFixture {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        let server = HTTPServer(
            listeners: listeners, engine: engine,
            metrics: PrometheusRegistry(), configuration: configuration, logger: logger
        ) { signal.finish() }
        let services = ServiceGroup(services: [server], logger: logger)
        let serving = Task {
            defer { signal.finish() }
            try await services.run()
        }
        for await _ in ready {}
        return ServerFixture(
            engine: engine, server: server, root: root, socket: socket, group: services, serving: serving)
    }

    /// Ends the server as SIGTERM does, and waits for it.
    func stop() async {
        await group.triggerGracefulShutdown()
        _ = await serving.result
    }

    /// The socket of a further rule.
    func socket(_ index: Int) -> String { socket + ".\(index)" }

    /// One request on a connection of its own.
    ///
    /// - Parameter listener: the further socket it goes to; nil for the first.
    func request(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil,
        on listener: Int? = nil
    ) async throws -> HTTPReply {
        let connection = try await RawConnection.open(listener.map { socket($0) } ?? socket)
        try await connection.send(HTTPReply.request(method, path, headers: headers, body: body))
        return try await connection.reply()
    }
}

extension Result where Failure == any Error {
    static func of(_ body: () async throws -> Success) async -> Result {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

extension ServerFixture {
    /// Puts the journal of a run that has ended into a store no engine has opened yet.
    static func addRun(_ id: String, events: [Event.Kind], to store: String) async throws {
        let catalog = try Catalog.open(path: store + "/catalog.sqlite")
        var record = RunRecord(
            id: id, scope: Scope(owner: 0), workspace: nil, ingest: nil, revision: nil,
            created: Timestamp(seconds: 1_700_000_000))
        record.status = .passed
        record.ended = Timestamp(seconds: 1_700_000_001)
        let steps = Set(events.compactMap(\.step)).sorted().enumerated().map { position, step in
            RunStepRecord(run: id, step: step, position: position)
        }
        try await catalog.addRun(record, steps: steps)
        var lines: [UInt8] = []
        for (index, kind) in events.enumerated() {
            Event(sequence: Int64(index + 1), time: record.created, kind: kind).appendJSONLine(to: &lines)
        }
        try FileManager.default.createDirectory(
            atPath: "\(store)/runs/\(id)", withIntermediateDirectories: true)
        try Data(lines).write(to: URL(fileURLWithPath: "\(store)/runs/\(id)/events.ndjson"))
    }

    /// A journal of about `bytes` bytes.
    static func output(bytes: Int) throws -> [Event.Kind] {
        let step = try step("noisy")
        let line = Array(repeating: UInt8(ascii: "x"), count: 1000)
        return (0..<bytes / 1100).map { _ in .stepLog(step: step, line: .init(stream: .stdout, bytes: line)) }
    }

    static func step(_ text: String) throws -> StepKey {
        guard let key = StepKey(text) else { throw CocoaError(.formatting) }
        return key
    }
}
