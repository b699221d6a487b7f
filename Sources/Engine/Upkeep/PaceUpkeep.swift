import Model

extension Engine {
    /// Whether deletion and looks at layers leave most of the time to others: while steps run or leases live, there is room
    /// for new steps, and nobody waits for what is deleted.
    var isUpkeepPaced: Bool {
        let activity = counts.now
        guard activity.pending > 0 || disk.watchedCount > 0, activity.waitingForUpkeep == 0 else {
            return false
        }
        return (disk.last?.state.level ?? .normal) < .reserve
    }

    /// A pause of nine times the work that was done, as long as upkeep is paced.
    func pause(after work: Duration) async {
        let end = ContinuousClock.now + work * 9
        while isUpkeepPaced, ContinuousClock.now < end {
            do {
                // Looked at again meanwhile: a pause after much work is long.
                try await Task.sleep(until: min(end, .now + .milliseconds(250)))
            } catch {
                // The daemon stops.
                return
            }
        }
    }

    /// Does what a request or a step waits for: nobody's upkeep pauses meanwhile, also that which it waits for itself.
    func withUpkeepAwaited<Value>(
        _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        counts.change { $0.waitingForUpkeep += 1 }
        defer { counts.change { $0.waitingForUpkeep -= 1 } }
        return try await work()
    }
}
