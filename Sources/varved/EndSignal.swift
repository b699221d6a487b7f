import ServiceLifecycle
import Synchronization
import UnixSignals

/// What is to become of the runs under way when the daemon stops.
final class StopWish: Sendable {
    private let ends = Mutex(false)

    /// They are to end, instead of being taken up again by the next start.
    var endsRuns: Bool { ends.withLock { $0 } }

    func endRuns() { ends.withLock { $0 = true } }
}

/// Takes SIGINT, which ends the daemon with all its runs; SIGTERM leaves them to the next start.
struct EndSignal: Service {
    let wish: StopWish

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint)
        for await _ in signals.cancelOnGracefulShutdown() {
            wish.endRuns()
            return
        }
    }
}
