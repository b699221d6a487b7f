import Synchronization

/// How much is under way.
struct Activity: Sendable, Hashable {
    /// Steps of runs that have not ended.
    var pending = 0
    /// Steps whose command runs, or is about to.
    var executing = 0
    /// Steps and requests that wait for room on the disk.
    var waitingForDisk = 0
    /// Steps and requests that wait for something to be deleted.
    var waitingForUpkeep = 0
}

/// Counts it.
final class ActivityCounts: Sendable {
    private let counts = Mutex(Activity())

    var now: Activity { counts.withLock { $0 } }

    func change(_ body: @Sendable (inout Activity) -> Void) { counts.withLock { body(&$0) } }
}
