import Engine
import Linux
import Logging
import Model
import ServiceLifecycle
import UnixSignals

/// Reads the configuration anew at SIGHUP, and tells the service manager when that is done.
///
/// A configuration that is wrong changes nothing.
struct ReloadSignal: Service {
    let engine: Engine
    /// As it was at the start.
    let configuration: Configuration
    let reread: @Sendable () throws -> Configuration
    /// What the service manager shows.
    let status: String
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            ServiceManager.reloading()
            do {
                try reload()
            } catch {
                logger.error(
                    "the configuration can't be taken: the old one stays in effect",
                    metadata: ["error": "\(error)"])
            }
            ServiceManager.ready(status: status)
        }
    }

    private func reload() throws {
        let new = try reread()
        let level = try new.logLevel()
        engine.reload(try new.engine())
        LogDestination.level = level
        let waiting = configuration.waitingForRestart(in: new)
        logger.notice(
            "configuration read anew",
            metadata: waiting.isEmpty ? [:] : ["after_restart": "\(waiting.joined(separator: " "))"])
    }
}
