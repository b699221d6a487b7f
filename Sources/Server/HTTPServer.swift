package import Engine
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Linux
package import Logging
import Model
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The API on its sockets: accepts connections, and answers their requests through the engine.
///
/// `stopAccepting()` takes no new connections while those there are go on. On graceful shutdown idle connections are closed,
/// streams end, and what is still under way `limits.stopping` later is cancelled, answers that wait for their reader included.
package final class HTTPServer: Service {
    private let listeners: [Listener]
    private let responder: any HTTPResponder<CallContext>
    private let ledger: ConnectionLedger
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let onListening: @Sendable () -> Void

    /// - Parameter onListening: called once when connections are accepted.
    package init(
        listeners: [Listener], engine: Engine, metrics: PrometheusRegistry?,
        configuration: ServerConfiguration, logger: Logger, onListening: @escaping @Sendable () -> Void = {}
    ) {
        self.listeners = listeners
        let ledger = ConnectionLedger(limits: configuration.limits)
        self.ledger = ledger
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        responder = Routes(engine: engine, metrics: metrics, ledger: ledger).responder()
    }

    /// Serves until graceful shutdown, and then until no connection is left.
    package func run() async throws {
        let channels = try await listen()
        guard !channels.isEmpty else { return }
        onListening()
        let ending = await withTaskGroup(of: Part.self) { group in
            group.addTask { [self] in await serve(channels) }
            group.addTask { [self] in await endOnShutdown() }
            let first = await group.next()
            group.cancelAll()
            return first
        }
        if ending == .connections, listeners.contains(where: \.isOpen) {
            stopAccepting()
            throw Failure(.internalError, "no connections are accepted any more", fix: "see the daemon's log")
        }
    }

    private enum Part: Sendable { case connections, shutdown }

    /// Closes the sockets, once whoever has come is served, and removes their files.
    package func stopAccepting() {
        // All are out of use before the first one's end is noticed.
        for channel in listeners.compactMap({ $0.retire() }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Begins to accept on every socket that was not served before.
    private func listen() async throws -> [NIOAsyncChannel<Accepted, Never>] {
        var channels: [NIOAsyncChannel<Accepted, Never>] = []
        do {
            for listener in listeners {
                guard let socket = listener.takeSocket() else { continue }
                let rule = listener.rule
                let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    // It listens once more, by itself with a shorter queue.
                    .serverChannelOption(.backlog, value: ListeningSocket.backlog)
                    .serverChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(Arrivals())
                        }
                    }
                    .childChannelOption(.allowRemoteHalfClosure, value: false)
                    .bind(socket) { [self] channel in accept(channel, rule) }
                listener.isServed(by: channel.channel)
                channels.append(channel)
            }
        } catch {
            stopAccepting()
            for channel in channels { try? await channel.executeThenClose { _ in } }
            throw error
        }
        return channels
    }

    /// Returns when no connection is left on any socket, or one of them fails.
    private func serve(_ channels: [NIOAsyncChannel<Accepted, Never>]) async -> Part {
        await withTaskGroup(of: Void.self) { group in
            for listening in channels { group.addTask { [self] in await serve(listening) } }
            for await _ in group where listeners.contains(where: \.isOpen) { group.cancelAll() }
        }
        if !listeners.contains(where: \.isOpen) {
            // Asked not to accept any more: the end itself comes with the shutdown.
            try? await gracefulShutdown()
        }
        return .connections
    }

    private func serve(_ listening: NIOAsyncChannel<Accepted, Never>) async {
        await withDiscardingTaskGroup { group in
            do {
                try await listening.executeThenClose { accepted in
                    for try await connection in accepted {
                        // A request's calls to the kernel and the catalog are made where it runs.
                        group.addTask(executorPreference: BlockingPool.shared) { await connection.serve() }
                        listening.channel.pipeline.fireUserInboundEventTriggered(
                            Arrivals.Served(connection.channel))
                    }
                }
            } catch is CancellationError {
            } catch {
                logger.error("the socket can't be listened on", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Returns when there is no more to wait for after a graceful shutdown.
    private func endOnShutdown() async -> Part {
        guard (try? await gracefulShutdown()) != nil else { return .shutdown }
        stopAccepting()
        // From then on the ledger knows all connections there will be.
        for listener in listeners { await listener.isClosed() }
        ledger.quiesce()
        // Not a wait for something: the time that requests under way are given. Without any, serving ends first.
        guard (try? await Task.sleep(for: configuration.limits.stopping)) != nil else { return .shutdown }
        ledger.closeAll()
        return .shutdown
    }
}

/// A connection that was just accepted, with the HTTP state machine around it.
///
/// It is served or closed: one that nobody took, because the listening socket was closed at that moment, ends here.
private final class Accepted: Sendable {
    let channel: any Channel
    private let http: HTTP1Channel
    private let logger: Logger
    private let value: Mutex<HTTP1Channel.Value?>

    init(_ channel: any Channel, _ http: HTTP1Channel, _ value: HTTP1Channel.Value, logger: Logger) {
        self.channel = channel
        self.http = http
        self.logger = logger
        self.value = Mutex(value)
    }

    deinit {
        guard let value = value.withLock({ $0.take() }) else { return }
        let (http, logger) = (http, logger)
        Task { await http.handle(value: value, logger: logger) }.cancel()
    }

    func serve() async {
        guard let value = value.withLock({ $0.take() }) else { return }
        await http.handle(value: value, logger: logger)
    }
}

extension HTTPServer {
    /// Runs on the connection's event loop.
    private func accept(_ channel: any Channel, _ rule: ListenerRule) -> EventLoopFuture<Accepted> {
        let accepted = set(up: channel, rule)
        // Nobody else closes a connection that does not come to be served.
        accepted.whenFailure { _ in channel.close(promise: nil) }
        return accepted
    }

    private func set(up channel: any Channel, _ rule: ListenerRule) -> EventLoopFuture<Accepted> {
        let connection: Connection
        do {
            connection = Connection(
                channel: channel, caller: try caller(of: channel, rule), limits: configuration.limits,
                ledger: ledger)
        } catch {
            // Gone before it was looked at.
            return channel.eventLoop.makeFailedFuture(error)
        }
        let refusal: Failure?
        switch ledger.admit(channel, of: connection.caller) {
        case .served: refusal = nil
        case .refused(let failure): refusal = failure
        case .dropped: return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        channel.closeFuture.whenComplete { [ledger] _ in ledger.remove(channel, of: connection.caller) }
        let http = HTTP1Channel(
            responder: { [self] request, writer, _ in
                try await answer(request, writer, connection, refusal)
            }, configuration: httpConfiguration)
        let idle = refusal == nil ? configuration.limits.idle : .seconds(2)
        return http.setup(channel: channel, logger: logger).flatMapThrowing { [self] value in
            try guardRequests(of: channel, idle: idle)
            return Accepted(channel, http, value, logger: logger)
        }
    }

    /// Puts what the library leaves open right behind its decoder of requests.
    private func guardRequests(of channel: any Channel, idle: Duration) throws {
        let pipeline = channel.pipeline.syncOperations
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let handlers: [any ChannelHandler] = [
            LastRequestHandler(), StalledReaderHandler(deadline: configuration.limits.writeDeadline),
            MalformedRequestHandler(), IdleConnectionHandler(limit: idle),
        ]
        try pipeline.addHandlers(handlers, position: .after(decoder))
    }

    private func caller(of channel: any Channel, _ rule: ListenerRule) throws -> Caller {
        let adminGroups = configuration.adminGroups
        let caller = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { socket in try Caller(socket: socket, adminGroups: adminGroups, rule) }
        guard let caller else { throw ChannelError.operationUnsupported }
        return caller
    }

    private var httpConfiguration: HTTP1Channel.Configuration {
        let headerBytes = configuration.limits.headerBytes
        return HTTP1Channel.Configuration(
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: headerBytes, maxHeaderListSize: headerBytes, maxHeaderFieldCount: 100))
    }

    @concurrent private func answer(
        _ request: Request, _ writer: consuming ResponseWriter, _ connection: Connection, _ refusal: Failure?
    ) async throws {
        connection.noteRequest()
        if refusal != nil || request.head.isLastOfConnection { connection.closeAfterAnswer() }
        var response: Response
        if let refusal {
            response = Answer.problem(refusal).response
        } else {
            if request.headers[.expect]?.lowercased() == "100-continue" {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            let source = CallSource(logger: logger, connection: connection)
            response = try await responder.respond(to: request, context: CallContext(source: source))
        }
        if connection.closesAfterAnswer, response.status != .switchingProtocols {
            response.headers[.connection] = "close"
        }
        try await writer.write(response: response.head, body: response.body)
        if connection.closesAfterAnswer {
            await connection.finishWriting()
            throw ConnectionEnds()
        }
    }
}

/// Leaves a connection's loop of requests.
private struct ConnectionEnds: Error {}
