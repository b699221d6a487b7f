import Archives
package import Model

extension Engine {
    /// Lets a new step in when there is room for it; makes it wait for some time if there is not.
    ///
    /// - Parameters:
    ///   - what: as the subject of a sentence.
    ///   - waiting: called once if it has to wait.
    /// - Throws: `storage-full`; `cancelled`.
    func admit(
        _ what: String, within patience: TimeSpan, waiting: @Sendable (DiskState) -> Void = { _ in }
    ) async throws(Failure) {
        var state = try await disk.recent()
        guard state.level >= .reserve else { return }
        metrics.waitedForDisk()
        waiting(state)
        let end = ContinuousClock.now + patience.duration
        counts.change { $0.waitingForDisk += 1 }
        defer { counts.change { $0.waitingForDisk -= 1 } }
        while state.level >= .reserve {
            upkeep.request()
            guard ContinuousClock.now < end else { throw refusal(of: what, state) }
            do {
                try await Task.sleep(for: .milliseconds(200))
            } catch {
                throw Failure.wrapping(error, to: "wait for room on the disk")
            }
            state = try await disk.recent()
        }
    }

    /// For what is answered at once: nobody waits longer for an answer.
    func admitRequest(_ what: String) async throws(Failure) {
        try await admit(what, within: min(configuration.diskWait, TimeSpan(seconds: 10)))
    }

    /// Lets an archive in that is about to come.
    ///
    /// - Returns: how many bytes of the file system it must leave for others to end well.
    /// - Throws: `storage-full`; `cancelled`.
    package func admitUpload() async throws(Failure) -> Int64 {
        try await admitRequest("the upload")
        return try await bytesToLeave()
    }

    /// How many bytes of the store's file system are left by what comes from outside.
    func bytesToLeave() async throws(Failure) -> Int64 { try await disk.recent().bytesToLeave }

    /// The limits of an archive that was let in and is unpacked, which may become a thousand times as large.
    func unpacking(_ limits: ArchiveLimits) async throws(Failure) -> ArchiveLimits {
        var limits = limits
        limits.reservedBytes = max(ArchiveLimits.leastReserve, try await bytesToLeave())
        limits.room = disk.incoming
        return limits
    }

    /// Refuses to put on record what came from outside where the store takes more than its budget with it,
    /// and nothing else may go.
    ///
    /// - Parameters:
    ///   - what: as the subject of a sentence.
    ///   - bytes: of its layers, which count nowhere else as long as they have no record.
    /// - Throws: `storage-full`.
    func admitRecord(of what: String, _ bytes: Int64) async throws(Failure) {
        guard let state = try await overrun(adding: bytes) else { return }
        metrics.refusedForDisk()
        throw Failure(
            .storageFull, "\(what) has \(ByteSize(bytes: bytes)), and \(state.words)",
            fix: Self.budgetRemedy)
    }

    /// What the disk is like if the store takes more than its budget, with so many bytes more than are
    /// counted, and nothing else may go; nil if it does not.
    func overrun(adding bytes: Int64 = 0) async throws(Failure) -> DiskState? {
        guard configuration.disk.budget != nil, try await disk.look().overrun(adding: bytes) > 0 else {
            return nil
        }
        try await withUpkeepAwaited { () async throws(Failure) in try await makeRoom(isAwaited: true) }
        let state = try await disk.look()
        return state.overrun(adding: bytes) > 0 ? state : nil
    }

    /// Where the store takes all of its budget, and nothing else may go.
    private static let budgetRemedy =
        "unpin or remove snapshots (varve du, varve prune), or raise disk_budget"

    private func refusal(of what: String, _ state: DiskState) -> Failure {
        metrics.refusedForDisk()
        let share = state.tightest
        let (free, reserve) =
            share.resource == .inodes
            ? ("\(share.free) inodes", "\(share.reserve)")
            : ("\(ByteSize(bytes: share.free))", "\(ByteSize(bytes: share.reserve))")
        return Failure(
            .storageFull,
            "\(what) was not begun: \(state.words), and new steps need \(reserve) left, not \(free)",
            fix: share.resource == .budget
                ? Self.budgetRemedy
                : "free space on the store's file system, or unpin or remove snapshots (varve du, varve prune)"
        )
    }
}
