import Engine
import Linux
import Logging
import Model
import ServiceLifecycle

/// Tells the service manager that the daemon is alive: as long as the engine does what every operation needs, and
/// also while runs are ended.
struct Watchdog: Service {
    let engine: Engine
    /// After this long without a sign the manager restarts the daemon.
    let interval: Duration
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                do throws(Failure) {
                    try await engine.checkLiveness()
                    ServiceManager.keepAlive()
                } catch {
                    logger.error("the engine does not work", metadata: ["error": "\(error)"])
                }
                guard (try? await Task.sleep(for: interval / 3)) != nil else { return }
            }
        }
    }
}
