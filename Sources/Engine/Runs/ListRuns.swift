import Catalog
import Linux
package import Model

/// A run with what became of its steps.
package struct RunDetails: Sendable, Hashable {
    package var record: RunRecord
    package var steps: [RunStepRecord]

    /// - Throws: `not-found`.
    package func step(_ key: StepKey) throws(Failure) -> RunStepRecord {
        guard let step = steps.first(where: { $0.step == key }) else {
            throw Failure(
                .notFound, "run \(record.id) has no step ‘\(key)’",
                fix: "list its steps with: GET /v1/runs/\(record.id)")
        }
        return step
    }
}

extension Engine {
    /// The newest first. `cursor` is the last identifier of the page before.
    ///
    /// - Parameter status: nil for any.
    package func runs(
        in reach: Reach, workspace: String?, status: RunStatus?, before cursor: String?, limit: Int
    ) async throws(Failure) -> [RunRecord] {
        let outcomes = liveRuns.outcomes
        var (found, cursor): ([RunRecord], String?) = ([], cursor)
        // How a run that ends just now has ended is known here first, so it is not the catalog that can pick by it.
        while found.count < limit {
            let part = try await catalog.runs(
                in: reach, workspace: workspace, before: cursor,
                limit: status == nil ? limit : Self.runsAtOnce)
            cursor = part.last?.id
            found += part.map { outcomes[$0.id] ?? $0 }.filter { status == nil || $0.status == status }
            if status == nil || part.count < Self.runsAtOnce { break }
        }
        return Array(found.prefix(limit))
    }

    private static let runsAtOnce = 1000

    /// - Throws: `not-found`.
    package func run(_ id: String, in reach: Reach) async throws(Failure) -> RunDetails {
        RunDetails(record: try await visibleRun(id, in: reach), steps: try await catalog.steps(of: id))
    }

    private func visibleRun(_ id: String, in reach: Reach) async throws(Failure) -> RunRecord {
        let outcome = liveRuns[id]?.outcome
        let found = try await catalog.run(id)
        guard let record = outcome ?? found, reach.includes(record.scope) else {
            throw Failure(.notFound, "there is no run \(id)", fix: "list them with: varve runs")
        }
        return record
    }

    /// A run's events after number `sequence`.
    ///
    /// - Parameter following: whether to wait for those yet to come, until the run's end.
    package func events(
        of id: String, after sequence: Int64, following: Bool = true, in reach: Reach
    ) async throws(Failure) -> RunJournal.Reader {
        _ = try await visibleRun(id, in: reach)
        if let live = liveRuns[id] { return live.journal.reader(after: sequence, following: following) }
        do {
            return try await onBlockingThread { [store] in
                try RunJournal(reading: try store.openRunDirectory(id)).reader(after: sequence)
            }
        } catch {
            throw Failure(
                .notFound, "the events of run \(id) are gone", fix: "runs are kept as configured by keep_runs"
            )
        }
    }
}
