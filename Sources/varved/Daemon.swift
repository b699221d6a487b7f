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
    private let reread: @Sendable () throws -> Configuration

    /// - Parameter reread: reads the configuration anew.
    init(_ configuration: Configuration, reread: @escaping @Sendable () throws -> Configuration) {
        self.configuration = configuration
        self.reread = reread
    }

    /// Serves until SIGTERM, which leaves the steps under way to the next start, or SIGINT, which ends them.
    ///
    /// - Throws: `not-root`, `configuration-invalid`, `socket-in-use` for the first socket, and what opening the
    ///   store throws.
    func run() async throws {
        let (engineConfiguration, serverConfiguration, sockets) = (
            try configuration.engine(), try configuration.server(), try configuration.sockets()
        )
        Heap.limitArenas(to: 2)
        prepareDescriptors()
        LogDestination.start(level: try configuration.logLevel())
        let logger = Logger(label: "varved")
        try requireRoot()
        // Before anything else could take their descriptors for its own.
        var passed = ServiceManager.takeListeningSockets()
        // A daemon that will not start leaves no store behind.
        if let first = sockets.first?.path, !passed.paths.contains(first) {
            try ListeningSocket.check(path: first)
        }
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        // The store first: it is what only one daemon may have, and it must be in order before anyone can ask.
        let engine = try await Engine.open(engineConfiguration, logger: logger)
        let opened: [(path: String, listener: Listener)]
        do throws(Failure) {
            opened = try open(sockets, &passed, logger)
        } catch {
            await engine.shutDown()
            await engine.close()
            throw error
        }
        let path = opened.map { $0.path }.joined(separator: ", ")
        let missing = sockets.count - opened.count
        let status =
            "Serving \(engineConfiguration.storePath) on \(path)"
            + (missing == 0 ? "" : "; listeners that can't be opened, by the log: \(missing)")
        let server = HTTPServer(
            listeners: opened.map { $0.listener }, engine: engine, metrics: metrics,
            configuration: serverConfiguration, logger: logger
        ) {
            logger.info(
                "ready", metadata: ["store": "\(engineConfiguration.storePath)", "socket": "\(path)"])
            ServiceManager.ready(status: status)
        }
        do {
            try await serve(engine, server, status, logger)
        } catch {
            await engine.close()
            throw error
        }
        await engine.close()
        logger.info("stopped")
    }

    /// Without it everything works as well, if slower and with fewer connections.
    private func prepareDescriptors() { try? DescriptorTable.prepare(for: 16_384) }

    /// Opens the sockets. The first has to be opened; what a tenant may have put in the place of a further one is
    /// told to the log alone.
    ///
    /// - Parameter passed: sockets of the service manager's, which are used where they are at a wanted path.
    private func open(
        _ sockets: [Configuration.Socket], _ passed: inout ListeningSockets, _ logger: Logger
    ) throws(Failure) -> [(path: String, listener: Listener)] {
        var opened: [(path: String, listener: Listener)] = []
        for wanted in sockets {
            if let descriptor = passed.take(wanted.path) {
                opened.append((wanted.path, Listener(ListeningSocket.adopt(descriptor), wanted.rule)))
                continue
            }
            do throws(Failure) {
                let socket = try ListeningSocket.open(
                    path: wanted.path, group: wanted.group, mode: wanted.mode)
                for warning in socket.warnings { logger.warning("\(warning)") }
                opened.append((wanted.path, Listener(socket, wanted.rule)))
            } catch {
                // The first is the operator's own.
                guard !opened.isEmpty else { throw error }
                logger.error(
                    "a listener can't be opened: the other sockets are served without it",
                    metadata: ["path": "\(wanted.path)", "error": "\(error)"])
            }
        }
        for path in passed.paths {
            logger.warning(
                "the service manager passes a socket that is not in the configuration",
                metadata: ["path": "\(path)"])
        }
        if passed.refused > 0 { logger.warning("the service manager passes what is no Unix stream socket") }
        return opened
    }

    /// Services are ended in the opposite order: no new connections, then the runs, then the streams that tell of their end.
    private func serve(
        _ engine: Engine, _ server: HTTPServer, _ status: String, _ logger: Logger
    ) async throws {
        let wish = StopWish()
        var services: [any Service] = []
        if let interval = ServiceManager.watchdogInterval {
            services.append(Watchdog(engine: engine, interval: interval, logger: logger))
        }
        services += [
            server, EngineService(engine: engine, server: server, wish: wish, logger: logger),
            ReloadSignal(
                engine: engine, configuration: configuration, reread: reread, status: status, logger: logger),
        ]
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        let end = ServiceGroupConfiguration.ServiceConfiguration(
            service: EndSignal(wish: wish), successTerminationBehavior: .gracefullyShutdownGroup)
        var group = ServiceGroupConfiguration(
            services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) } + [end],
            gracefulShutdownSignals: [.sigterm], logger: quiet)
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
