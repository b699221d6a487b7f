import API
import Client
import Model
import Synchronization

/// Follows one run to its end: events to the output, time to the display, the first interrupt to the daemon.
actor RunSession {
    private let client: VarveClient
    private let run: String
    private var output: any RunOutput

    init(client: VarveClient, run: String, output: any RunOutput) {
        self.client = client
        self.run = run
        self.output = output
    }

    /// - Returns: the exit status of the run.
    func follow(_ interrupts: Interrupts) async throws -> Int32 {
        interrupts.handle { Task { await self.cancel() } }
        let clock = Task { await self.tick() }
        defer { clock.cancel() }
        do {
            try await client.events(VarveClient.EventRequest(run: run, follows: true)) { batch in
                try self.receive(batch)
            }
        } catch let closed as OutputClosed {
            // Nobody reads on: the run ends as if its terminal had gone away.
            try? await client.cancelRun(run)
            throw closed
        }
        guard let status = output.exitStatus else {
            throw Failure(
                .internalError, "the events of run \(run) ended without saying how it ended",
                fix: "see ‘varve runs’ for its state")
        }
        return status
    }

    private func receive(_ batch: [EventLine]) throws { try output.receive(batch) }

    /// Redraws elapsed times until it is cancelled.
    private func tick() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { try? output.tick() }
    }

    private func cancel() async {
        try? output.tell("cancelling run \(run) and waiting for its clean-up; interrupt again not to wait")
        do {
            // A daemon that is being restarted takes the run up again, and must hear of this.
            try await client.cancelRunPatiently(run)
        } catch {
            try? output.tell("\(error)")
        }
    }
}
