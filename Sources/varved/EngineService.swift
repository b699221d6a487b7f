import Engine
import Linux
import Logging
import Server
import ServiceLifecycle

/// Ends the store's work when the daemon stops: no new connections from then on, and every run has ended when this has.
struct EngineService: Service {
    let engine: Engine
    let server: HTTPServer
    let logger: Logger

    func run() async throws {
        // Also when the server could not be started: what is under way ends in order.
        try? await gracefulShutdown()
        logger.info("stopping")
        ServiceManager.stopping(status: "Ending runs")
        server.stopAccepting()
        await engine.shutDown()
    }
}
