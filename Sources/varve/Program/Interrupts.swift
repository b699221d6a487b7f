import Glibc
import Linux
import Synchronization

/// Ctrl-C, SIGTERM and SIGHUP as calls: the first one is handed to the current handler, the second ends the
/// program.
final class Interrupts: Sendable {
    private struct State {
        var count = 0
        var handler: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Takes the signals over for the rest of the program's life. To be called before other threads exist,
    /// which inherit the mask.
    init() {
        var signals = sigset_t()
        // SAFETY: the calls fill and read the set they are given.
        unsafe sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        BlockingPool.shared.submit { [self] in
            var set = waited
            while true {
                var number: Int32 = 0
                // SAFETY: as above.
                if unsafe sigwait(&set, &number) == 0 { arrived() }
            }
        }
    }

    /// Sets what the first signal does. If it has come already, `handler` runs at once.
    func handle(_ handler: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.handler = handler
            return state.count > 0
        }
        if isLate { handler() }
    }

    /// From now on the first signal is only remembered.
    func remember() { state.withLock { $0.handler = nil } }

    private func arrived() {
        let (count, handler) = state.withLock { state in
            state.count += 1
            return (state.count, state.handler)
        }
        if count > 1 { exit(130) }
        handler?()
    }
}
