import Metrics
import Model

/// What the engine counts. Names are part of the operator's interface.
///
/// Labels come from closed sets, and every series is there from the start, so that a rule on one that has never counted
/// is no rule on nothing.
struct EngineMetrics: Sendable {
    private enum Name {
        static let runs = "varve_runs_total"
        static let steps = "varve_steps_total"
        static let hits = "varve_step_hits_total"
        static let misses = "varve_step_misses_total"
        static let errors = "varve_step_errors_total"
        static let stepTime = "varve_step_duration_seconds"
        static let ingestTime = "varve_ingest_duration_seconds"
        static let ingestedBytes = "varve_ingested_bytes_total"
        static let committedBytes = "varve_committed_bytes_total"
        static let collections = "varve_collections_total"
        static let collectedSnapshots = "varve_collected_snapshots_total"
        static let collectedVersions = "varve_collected_versions_total"
        static let collectedBytes = "varve_collected_bytes_total"
        static let collectionTime = "varve_collection_duration_seconds"
        static let diskWaits = "varve_disk_waits_total"
        static let diskRefusals = "varve_disk_refusals_total"
        static let housekeepingFailures = "varve_housekeeping_failures_total"
    }

    /// What may begin a collection.
    static let causes = ["disk", "request"]

    /// Makes every series with the value 0.
    func declare() {
        for status in RunStatus.allCases where status.isFinal { runs(status).increment(by: 0) }
        for status in StepStatus.allCases { steps(status).increment(by: 0) }
        for code in MissReason.Code.allCases { misses(code).increment(by: 0) }
        for code in FailureCode.allCases { errors(code).increment(by: 0) }
        for cause in Self.causes { collections(cause).increment(by: 0) }
        for name in [
            Name.hits, Name.ingestedBytes, Name.committedBytes, Name.collectedSnapshots,
            Name.collectedVersions, Name.collectedBytes, Name.diskWaits, Name.diskRefusals,
            Name.housekeepingFailures,
        ] {
            Counter(label: name).increment(by: 0)
        }
    }

    func ended(_ run: RunRecord) { runs(run.status).increment() }

    func ended(_ step: Event.StepEnd, reason: MissReason?) {
        steps(step.status).increment()
        if let reason { misses(reason.code).increment() }
        if step.status == .cacheHit { Counter(label: Name.hits).increment() }
        if step.status == .error, let error = step.error { errors(error.code).increment() }
        if step.status != .cacheHit, step.status != .skipped {
            Timer(label: Name.stepTime).recordMilliseconds(step.milliseconds)
        }
    }

    func ingested(milliseconds: Int64) { Timer(label: Name.ingestTime).recordMilliseconds(milliseconds) }

    /// A revision's new layers are in the store.
    func ingested(bytes: Int64) { Counter(label: Name.ingestedBytes).increment(by: bytes) }

    /// What a step left is in the store.
    func committed(bytes: Int64) { Counter(label: Name.committedBytes).increment(by: bytes) }

    /// - Parameters:
    ///   - versions: of volumes.
    ///   - bytes: of the snapshots.
    func collected(
        snapshots: Int, versions: Int = 0, bytes: Int64, cause: String, milliseconds: Int64
    ) {
        collections(cause).increment()
        Counter(label: Name.collectedSnapshots).increment(by: Int64(snapshots))
        Counter(label: Name.collectedVersions).increment(by: Int64(versions))
        Counter(label: Name.collectedBytes).increment(by: bytes)
        Timer(label: Name.collectionTime).recordMilliseconds(milliseconds)
    }

    func waitedForDisk() { Counter(label: Name.diskWaits).increment() }

    func refusedForDisk() { Counter(label: Name.diskRefusals).increment() }

    func housekeepingFailed() { Counter(label: Name.housekeepingFailures).increment() }

    private func runs(_ status: RunStatus) -> Counter {
        Counter(label: Name.runs, dimensions: [("status", status.rawValue)])
    }

    private func steps(_ status: StepStatus) -> Counter {
        Counter(label: Name.steps, dimensions: [("status", status.rawValue)])
    }

    private func misses(_ code: MissReason.Code) -> Counter {
        Counter(label: Name.misses, dimensions: [("reason", code.rawValue)])
    }

    private func errors(_ code: FailureCode) -> Counter {
        Counter(label: Name.errors, dimensions: [("code", code.rawValue)])
    }

    private func collections(_ cause: String) -> Counter {
        Counter(label: Name.collections, dimensions: [("cause", cause)])
    }
}
