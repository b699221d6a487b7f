import Model
import Synchronization

/// The shells under way in this daemon.
final class LiveShells: Sendable {
    private let state = Mutex(State())
    private let limits: (all: Int, ofOneOwner: Int)

    private struct State: Sendable {
        var shells: [Int: (owner: Scope, end: (@Sendable (Failure) -> Void)?)] = [:]
        var next = 0
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    init(limit: Int = 32, ofOneOwner: Int = 16) { limits = (limit, ofOneOwner) }

    /// Counts a shell that is about to be opened; to be followed by `remove`, whatever becomes of it.
    ///
    /// - Throws: `too-many`, `shutting-down`.
    func admit(for owner: Scope) throws(Failure) -> Int {
        try state.withLock { state throws(Failure) in
            guard !state.isClosed else { throw .stopping }
            let own = state.shells.values.count { $0.owner == owner }
            guard state.shells.count < limits.all, own < limits.ofOneOwner else {
                let most =
                    own < limits.ofOneOwner
                    ? "\(limits.all) shells" : "\(limits.ofOneOwner) shells of \(owner)"
                throw Failure(.tooMany, "there are \(most) already", fix: "try again when some have ended")
            }
            state.next += 1
            state.shells[state.next] = (owner, nil)
            return state.next
        }
    }

    /// The shell runs, unless none may run any more: then it is ended.
    func begin(_ shell: Shell, as number: Int) {
        let isClosed = state.withLock { state in
            // Not held: without anybody who works in it, it ends.
            state.shells[number]?.end = { [weak shell] in shell?.end(because: $0) }
            return state.isClosed
        }
        if isClosed { shell.end(because: .stopping) }
    }

    func remove(_ number: Int) {
        let waiting = state.withLock { state in
            state.shells[number] = nil
            guard state.shells.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// No shell is opened any more, and those there are have ended, with all they had, when this returns.
    func endAll() async {
        let ends = state.withLock { state in
            state.isClosed = true
            return state.shells.values.compactMap(\.end)
        }
        for end in ends { end(.stopping) }
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.shells.isEmpty { state.waiting.append(continuation) }
                return state.shells.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }
}
