import Engine
import Linux
import Logging
import Metrics
import Model
import Server
import ServiceLifecycle
import UnixSignals

/// Puts the parts together in order, and takes them apart in the opposite one.
struct Daemon {
    private let configuration: Configuration

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// Serves until SIGTERM or SIGINT, then ends what is under way.
    ///
    /// - Throws: `not-root`, `configuration-invalid`, `socket-in-use`, and what opening the store throws.
    func run() async throws {
        let (engineConfiguration, serverConfiguration, sockets) = (
            try configuration.engine(), try configuration.server(), try configuration.sockets()
        )
        Heap.limitArenas(to: 2)
        LogDestination.start(level: try configuration.logLevel())
        let logger = Logger(label: "varved")
        try requireRoot()
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        // The store first: it is what only one daemon may have, and it must be in order before anyone can ask.
        let engine = try await Engine.open(engineConfiguration, logger: logger)
        let listeners: [Listener]
        do throws(Failure) {
            listeners = try open(sockets, logger)
        } catch {
            await engine.shutDown()
            throw error
        }
        let path = sockets.map(\.path).joined(separator: ", ")
        let server = HTTPServer(
            listeners: listeners, engine: engine, metrics: metrics, configuration: serverConfiguration,
            logger: logger
        ) {
            logger.info(
                "ready", metadata: ["store": "\(engineConfiguration.storePath)", "socket": "\(path)"])
            ServiceManager.ready(status: "Serving \(engineConfiguration.storePath) on \(path)")
        }
        try await serve(engine, server, logger)
        logger.info("stopped")
    }

    /// Opens all sockets, or none.
    private func open(_ sockets: [Configuration.Socket], _ logger: Logger) throws(Failure) -> [Listener] {
        var listeners: [Listener] = []
        do throws(Failure) {
            for wanted in sockets {
                let socket = try ListeningSocket.open(
                    path: wanted.path, group: wanted.group, mode: wanted.mode)
                for warning in socket.warnings { logger.warning("\(warning)") }
                listeners.append(Listener(socket, wanted.rule))
            }
        } catch {
            for listener in listeners { listener.discard() }
            throw error
        }
        return listeners
    }

    /// Services are ended in the opposite order: no new connections, then the runs, then the streams that tell of their end.
    private func serve(_ engine: Engine, _ server: HTTPServer, _ logger: Logger) async throws {
        var services: [any Service] = []
        if let interval = ServiceManager.watchdogInterval {
            services.append(Watchdog(engine: engine, interval: interval, logger: logger))
        }
        services += [
            server, EngineService(engine: engine, server: server, logger: logger),
            ReloadSignal(logger: logger),
        ]
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        group.maximumGracefulShutdownDuration = .seconds(40)
        try await ServiceGroup(configuration: group).run()
    }

    private func requireRoot() throws(Failure) {
        guard CurrentUser.identifier == 0 else {
            throw Failure(
                .notRoot, "varved runs as user \(CurrentUser.identifier), and mounts need root",
                fix: "start it as root: sudo varved, or systemctl start varved")
        }
    }
}
