import Metrics
import Model

/// What the engine counts. Names are part of the operator's interface.
struct EngineMetrics: Sendable {
    func ended(_ run: RunRecord) {
        Counter(label: "varve_runs_total", dimensions: [("status", run.status.rawValue)]).increment()
    }

    func ended(_ step: Event.StepEnd, reason: MissReason?) {
        Counter(label: "varve_steps_total", dimensions: [("status", step.status.rawValue)]).increment()
        if let reason {
            Counter(label: "varve_step_misses_total", dimensions: [("reason", reason.code.rawValue)])
                .increment()
        }
        if step.status != .cacheHit, step.status != .skipped {
            Timer(label: "varve_step_duration_seconds").recordMilliseconds(step.milliseconds)
        }
    }

    func ingested(milliseconds: Int64) {
        Timer(label: "varve_ingest_duration_seconds").recordMilliseconds(milliseconds)
    }
}
