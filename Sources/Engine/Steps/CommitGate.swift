import Synchronization

/// Keeps commits from being cut in two by the daemon's own end: those under way come to theirs, and after the
/// closing none begins.
final class CommitGate: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var underWay = 0
        var isClosed = false
        var closing: [CheckedContinuation<Void, Never>] = []
        /// Never resumed: whoever waits here is ended with the process.
        var shutOut: [CheckedContinuation<Void, Never>] = []
    }

    /// Begins a commit; does not return once the gate is closed.
    func enter() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state -> Bool in
                if state.isClosed {
                    state.shutOut.append(continuation)
                } else {
                    state.underWay += 1
                }
                return !state.isClosed
            }
            if isOpen { continuation.resume() }
        }
    }

    func leave() {
        let closing = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.underWay -= 1
            guard state.underWay == 0 else { return [] }
            defer { state.closing = [] }
            return state.closing
        }
        for continuation in closing { continuation.resume() }
    }

    /// Lets no commit begin any more, and waits for the end of those under way.
    func close() async {
        await withCheckedContinuation { continuation in
            let isQuiet = state.withLock { state -> Bool in
                state.isClosed = true
                if state.underWay > 0 { state.closing.append(continuation) }
                return state.underWay == 0
            }
            if isQuiet { continuation.resume() }
        }
    }
}
