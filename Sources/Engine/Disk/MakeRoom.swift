import Catalog
import Layers
import Linux
import Logging
import Model

extension Engine {
    /// If the disk is above its high mark, collects what may go until it is at the low one or nothing is left: the events
    /// of runs beyond those to be kept, then snapshots and versions of volumes, then the events of other ended runs.
    ///
    /// Snapshots go by value (`PruneRule`). What one takes is known, but not whether that frees as much: so the disk is
    /// looked at again after each round, and a round that freed nothing is the last.
    /// One at a time: two would choose the same, and one of them take it that nothing is left. Who comes second looks at
    /// what the first has come to.
    ///
    /// - Parameter isAwaited: somebody can't go on before; then it is also looked for right after a search that found
    ///   nothing.
    func makeRoom(isAwaited: Bool = false) async throws(Failure) {
        try await upkeepTurns.withTurn(.room) { () async throws(Failure) in
            try await makeRoomAlone(isAwaited: isAwaited)
        }
    }

    private func makeRoomAlone(isAwaited: Bool) async throws(Failure) {
        var state = try await disk.look()
        guard state.level >= .high else { return }
        guard
            isAwaited
                || roomSearch.mayBegin(
                    isUrgent: state.level >= .reserve, otherwise: { [upkeep] in upkeep.request() })
        else { return }
        let clock = ContinuousClock.now
        logger.notice("making room", metadata: ["disk": "\(state.words)"])
        // Who follows a run has had time to see how it ended.
        let aMinuteAgo = now().adding(TimeSpan(seconds: -60))
        var runs = try await dropRuns(keep: configuration.keepRuns, endedBefore: aMinuteAgo)
        if runs > 0 { state = try await settledDisk() }
        var (snapshots, versions) = (0, 0)
        var freed: Int64 = 0
        for _ in 0..<RoomSearch.mostRounds where state.excess != DiskAmount() && !Task.isCancelled {
            let prunable = try await catalog.prunable(users: snapshotUsers)
            let ids = PruneRule.choose(among: prunable.candidates, goal: .freeing(state.excess), at: now())
            let gone = try await remove(ids)
            // What of volumes was not used for as long as the latest of these.
            let used = gone.compactMap { prunable.snapshots[$0]?.used }.max() ?? now()
            let dropped = try await dropVersions(usedBefore: used)
            if gone.isEmpty, dropped == 0 { break }
            for id in gone { freed += prunable.snapshots[id]?.bytes ?? 0 }
            snapshots += gone.count
            versions += dropped
            try await emptyGraveyard()
            state = try await settledDisk()
        }
        for _ in 0..<RoomSearch.mostRounds where state.excess != DiskAmount() && !Task.isCancelled {
            let gone = try await dropRuns(keep: 0, endedBefore: aMinuteAgo, atMost: Removals.runs)
            if gone == 0 { break }
            runs += gone
            state = try await settledDisk()
        }
        let hasFound = snapshots + versions + runs > 0
        roomSearch.end(found: hasFound)
        metrics.collected(
            snapshots: snapshots, versions: versions, bytes: freed, cause: "disk",
            milliseconds: clock.duration(to: .now).wholeMilliseconds)
        logger.notice(
            hasFound ? "room was made" : "nothing is left that may go",
            metadata: [
                "snapshots": "\(snapshots)", "versions": "\(versions)", "runs": "\(runs)",
                "bytes": "\(freed)", "disk": "\(state.words)",
            ])
    }

    /// The disk, once what was deleted is free: some file systems take until the next sync.
    private func settledDisk() async throws(Failure) -> DiskState {
        let state = try await disk.look()
        if state.excess == DiskAmount() { return state }
        do {
            try await onBlockingThread { [layers] in try layers.synchronize() }
        } catch {
            throw Failure.wrapping(error, to: "write the store to the disk")
        }
        return try await disk.look()
    }
}

/// How much goes at once.
private enum Removals {
    /// Runs whose events go before the disk is looked at again.
    static let runs = 8
}
