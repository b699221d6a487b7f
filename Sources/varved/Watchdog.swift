import Engine
import Linux
import Logging
import ServiceLifecycle

/// Tells the service manager that the daemon is alive: as long as the catalog answers, and also while runs are ended.
struct Watchdog: Service {
    let engine: Engine
    /// After this long without a sign the manager restarts the daemon.
    let interval: Duration
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                do {
                    _ = try await engine.runs(in: nil, workspace: nil, before: nil, limit: 1)
                    ServiceManager.keepAlive()
                } catch {
                    logger.error("the catalog does not answer", metadata: ["error": "\(error)"])
                }
                guard (try? await Task.sleep(for: interval / 3)) != nil else { return }
            }
        }
    }
}
