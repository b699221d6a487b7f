import Glibc
import Linux
import Synchronization

/// Does `change` over and over on a thread of its own for as long as `body` runs.
///
/// - Parameter isUrgent: the thread is hardly ever left out, however busy the machine is.
func repeating<T: Sendable>(
    isUrgent: Bool = false, _ change: @escaping @Sendable () throws -> Void, while body: () async throws -> T
) async throws -> T {
    let end = RepetitionEnd()
    let changes = Task {
        try await onBlockingThread {
            // Of this thread alone, which others use later.
            let which = __priority_which_t(PRIO_PROCESS.rawValue)
            if isUrgent { setpriority(which, 0, -20) }
            defer { if isUrgent { setpriority(which, 0, 0) } }
            while !end.isReached { try change() }
        }
    }
    let result: T
    do {
        result = try await body()
    } catch {
        end.reach()
        try await changes.value
        throw error
    }
    end.reach()
    try await changes.value
    return result
}

private final class RepetitionEnd: Sendable {
    private let state = Mutex(false)

    var isReached: Bool { state.withLock { $0 } }

    func reach() { state.withLock { $0 = true } }
}
