import Linux

/// Waits for the clock that stamps changes to move on.
enum TickTimer {
    /// Until a change made now would be stamped later than the newest that was seen, and no longer than that can take.
    ///
    /// Sleeping is the point here: nothing announces the coarse clock's tick.
    static func wait(for unrest: Unrest) async throws {
        let tick = SystemClock.coarseTick
        // A git command at work is given as long as a fresh change.
        guard let newest = unrest.newest?.changed ?? (unrest.gitIsWriting ? SystemClock.coarseRealtime : nil)
        else {
            return
        }
        let deadline = SystemClock.realtime + SettlingRule.longestWait
        while true {
            let now = SystemClock.coarseRealtime
            // One tick for the margin of T0, one for the tick itself.
            let left = newest + tick - now
            guard left >= 0, SystemClock.realtime < deadline else { return }
            try await Task.sleep(nanoseconds: UInt64(left) + 200_000)
        }
    }
}
