import Glibc
import Synchronization
import UnixSignals

/// Ctrl-C, SIGTERM and SIGHUP as calls: the first one is handed to the current handler, the second ends the
/// program.
final class Interrupts: Sendable {
    private struct State {
        var count = 0
        var handler: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    private init() {}

    /// Takes the signals over for the rest of the program's life, whichever thread they reach.
    static func takeOver() async -> Interrupts {
        let interrupts = Interrupts()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        Task { for await _ in signals { interrupts.arrived() } }
        return interrupts
    }

    /// Sets what the first signal does. If it has come already, `handler` runs at once.
    func handle(_ handler: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.handler = handler
            return state.count > 0
        }
        if isLate { handler() }
    }

    /// From now on the first signal ends the program: nothing is under way that would have to be cleaned up.
    func leave() { handle { exit(130) } }

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
