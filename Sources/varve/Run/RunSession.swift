import API
import Client
import Linux
import Model
import Synchronization

/// Follows one run to its end: events to the output, time to the display, the first interrupt to the daemon.
///
/// Whoever reads the output may let it stand still for as long as they like. The thread that is held up by
/// that is none of those that the rest of the program needs, and an interrupt goes past it.
actor RunSession {
    /// Where all that writes runs.
    private static let threads = BlockingPool("output", limit: 1)

    private let client: VarveClient
    private let run: String
    private var output: any RunOutput
    /// Of the last event that came.
    private var last: Int64 = 0
    private let isInterrupted = Mutex(false)

    init(client: VarveClient, run: String, output: any RunOutput) {
        self.client = client
        self.run = run
        self.output = output
    }

    /// - Returns: the exit status of the run.
    @concurrent nonisolated func follow(_ interrupts: Interrupts) async throws -> Int32 {
        interrupts.handle { Task { await self.cancel() } }
        return try await withTaskExecutorPreference(Self.threads) { try await self.follow() }
    }

    private func follow() async throws -> Int32 {
        let clock = Task(executorPreference: Self.threads) { await self.tick() }
        defer { clock.cancel() }
        do {
            let request = VarveClient.EventRequest(run: run, follows: true, isKnown: true)
            try await client.events(request) { batch in try self.receive(batch) }
        } catch let closed as OutputClosed {
            try await end(unread: closed)
            return Int32(RunStatus.cancelled.exitCode)
        }
        guard let status = output.exitStatus else {
            throw Failure(
                .internalError, "the events of run \(run) ended without saying how it ended",
                fix: "see ‘varve runs’ for its state")
        }
        return status
    }

    private func receive(_ batch: [EventLine]) throws {
        last = batch.last?.sequence ?? last
        try output.receive(batch)
    }

    /// Ends a run whose events nobody reads any more, as if its terminal had gone away, and waits for its clean-up.
    ///
    /// - Throws: `closed`, unless an interrupt was what ended the run.
    private func end(unread closed: OutputClosed) async throws {
        try? await client.cancelRunPatiently(run)
        var rest = VarveClient.EventRequest(run: run, follows: true, isKnown: true)
        rest.after = last
        try? await client.events(rest) { _ in }
        guard isInterrupted.withLock({ $0 }) else { throw closed }
    }

    /// Redraws elapsed times until it is cancelled.
    private func tick() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { try? output.tick() }
    }

    private func tell(_ text: String) { try? output.tell(text) }

    /// Off the actor: the daemon hears of it however long the output stands still.
    @concurrent nonisolated private func cancel() async {
        isInterrupted.withLock { $0 = true }
        let telling = Task(executorPreference: Self.threads) {
            await self.tell(
                "cancelling run \(self.run) and waiting for its clean-up; interrupt again not to wait")
        }
        do {
            // A daemon that is being restarted takes the run up again, and must hear of this.
            try await client.cancelRunPatiently(run)
        } catch {
            await telling.value
            await withTaskExecutorPreference(Self.threads) { await self.tell("\(error)") }
        }
    }
}
