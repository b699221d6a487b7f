import Engine
import Linux
import Logging
import Server
import ServiceLifecycle

/// Ends the store's work when the daemon stops: no new connections from then on.
///
/// Runs under way are left to the next start: their steps go on meanwhile. Only where somebody asked for it every run
/// has ended when this has.
struct EngineService: Service {
    let engine: Engine
    let server: HTTPServer
    let wish: StopWish
    let logger: Logger

    func run() async throws {
        // Also when the server could not be started: what is under way is looked after in order.
        try? await gracefulShutdown()
        server.stopAccepting()
        if wish.endsRuns {
            logger.info("stopping, and ending all runs")
            ServiceManager.stopping(status: "Ending runs")
            await engine.shutDown()
        } else {
            logger.info("stopping; steps under way go on")
            ServiceManager.stopping(status: "Leaving the steps under way to the next start")
            await engine.handOver()
        }
    }
}
