import Logging
import ServiceLifecycle
import UnixSignals

/// Takes SIGHUP, which would otherwise end the daemon when its terminal closes: settings are read at start only.
struct ReloadSignal: Service {
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            logger.notice("SIGHUP changes nothing: settings are read when the daemon starts")
        }
    }
}
