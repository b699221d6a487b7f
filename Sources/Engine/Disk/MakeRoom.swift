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
        try await roomTurns.withTurn(0) { () async throws(Failure) in
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

    /// Removes those of the snapshots that may still go, in order and bit by bit, so that nobody waits long for the
    /// catalog; their layers are then dead.
    ///
    /// - Returns: those that went.
    func remove(_ ids: [String]) async throws(Failure) -> [String] {
        var removed: [String] = []
        var rest = ids[...]
        while !rest.isEmpty, !Task.isCancelled {
            let batch = Array(rest.prefix(Removals.batch))
            rest = rest.dropFirst(Removals.batch)
            let start = ContinuousClock.now
            let gone = try await catalog.removeUnused(batch, users: snapshotUsers) { [holds] in holds.held }
            do {
                try await onBlockingThread { [layers] in
                    for layer in gone.layers { try layers.remove(layer) }
                }
            } catch {
                throw Failure.wrapping(error, to: "take removed layers out of the store")
            }
            removed += gone.ids
            await pause(after: start.duration(to: .now))
        }
        return removed
    }

    /// Deletes what is dead, slice by slice; whatever is still left after a great many, in another round of housekeeping.
    func emptyGraveyard() async throws(Failure) {
        try await graveyardTurns.withTurn(0) { () async throws(Failure) in
            for _ in 0..<Removals.mostSlices {
                if Task.isCancelled { return }
                let start = ContinuousClock.now
                let limit = isPaced ? Removals.pacedSlice : Removals.slice
                let slice: Graveyard.Slice
                do {
                    slice = try await onBlockingThread { [layers] in
                        try layers.graveyard.collect(atMost: limit)
                    }
                } catch {
                    throw Failure.wrapping(error, to: "delete what is dead")
                }
                for obstacle in slice.obstacles {
                    logger.warning(
                        "a dead directory can't be deleted", metadata: ["error": "\(obstacle)"])
                }
                guard slice.hasMore else { return }
                await pause(after: start.duration(to: .now))
            }
            upkeep.request()
        }
    }

    /// While runs are under way and there is room for new steps, deletion and looks at layers take a fifth of the time, and
    /// they have the rest.
    private var isPaced: Bool {
        guard counts.now.pending > 0 || disk.watchedCount > 0 else { return false }
        return (disk.last?.state.level ?? .normal) < .reserve
    }

    /// A pause for work in the background, while runs are under way and there is room for new steps.
    func pause(after work: Duration) async {
        guard isPaced else { return }
        // Cut short when the daemon stops.
        try? await Task.sleep(for: work * 4)
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
    /// Snapshots of one transaction.
    static let batch = 16
    /// Runs whose events go before the disk is looked at again.
    static let runs = 8
    /// Entries deleted in a row.
    static let slice = 2000
    static let pacedSlice = 200
    /// More than is found in a store, so that nobody who goes on writing there is waited for without end.
    static let mostSlices = 20_000
}
