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
            state = try await disk.look()
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

    /// How many bytes of the store's file system are left by what comes from outside: below that running steps are ended.
    func bytesToLeave() async throws(Failure) -> Int64 { try await disk.recent().lastResort }

    /// The same for an archive that was let in and is unpacked, which may become a thousand times as large.
    func bytesToLeaveUnpacked() async throws(Failure) -> Int64 {
        max(ArchiveLimits.leastReserve, try await bytesToLeave())
    }

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
                ? "unpin or remove snapshots (varve du, varve prune), or raise disk_budget"
                : "free space on the store's file system, or unpin or remove snapshots (varve du, varve prune)"
        )
    }
}
