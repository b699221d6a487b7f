import API
import Engine
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore

/// Shells in what steps left behind.
struct ShellRoutes: Sendable {
    let engine: Engine

    @Sendable func open(_ call: Call) async throws -> Response {
        let wanted = try await call.json(Wire.ShellRequest.self)
        let offered = (call.request.headers[.upgrade] ?? "").split(separator: ",")
        guard offered.contains(where: { $0.filter { $0 != " " } == ShellFrame.protocolName }) else {
            throw Failure(
                .badRequest, "a shell is a stream of its own, and the request asks for no switch to it",
                fix:
                    "send ‘Connection: Upgrade’ and ‘Upgrade: \(ShellFrame.protocolName)’, or use ‘varve shell’"
            )
        }
        let shell = try await engine.openShell(
            try ShellRequest(wanted), for: call.caller.scope, reach: try call.reach)
        let channel = call.connection.channel
        // Whatever the session is waiting for then.
        channel.closeFuture.whenComplete { [weak shell] _ in
            shell?.end(because: Shell.left)
        }
        let session = ShellSession(
            shell: shell, input: try await RawInput.takeOver(channel), stream: StreamWriter(call.connection))
        return Response(
            status: .switchingProtocols,
            headers: [.connection: "upgrade", .upgrade: ShellFrame.protocolName],
            body: ResponseBody { writer in
                try await session.run(&writer)
                try await session.stream.finish(writer)
            })
    }
}

extension ShellRequest {
    /// - Throws: `bad-request`.
    fileprivate init(_ wire: Wire.ShellRequest) throws(Failure) {
        let place: Place
        switch (wire.snapshot, wire.run, wire.step) {
        case (let snapshot?, nil, nil): place = .snapshot(snapshot)
        case (nil, let run?, let step?): place = .step(run: run, step)
        default:
            throw Failure(
                .badRequest, "a shell is for a snapshot or a step of a run",
                fix: "give ‘snapshot’, or ‘run’ and ‘step’")
        }
        let type = wire.terminal?.type ?? "xterm"
        guard (1...64).contains(type.utf8.count), type.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw Failure(.badRequest, "terminal.type is no type of terminal", fix: "give one such as xterm")
        }
        self.init(
            place: place,
            terminal: wire.terminal.map { TerminalSize(rows: $0.rows, columns: $0.columns) },
            terminalType: type)
    }
}
