import API
import Engine
import Model

extension Wire.Run {
    init(_ record: RunRecord, steps: [RunStepRecord]? = nil) {
        self.init(
            id: record.id, status: record.status, workspace: record.workspace, revision: record.revision,
            createdAt: Wire.Time(record.created), endedAt: record.ended.map { Wire.Time($0) },
            durationMs: record.ended.map { ($0.nanoseconds - record.created.nanoseconds) / 1_000_000 },
            exitCode: record.exitCode, executed: record.executed, cacheHits: record.cacheHits,
            steps: steps.map { $0.map { Wire.RunStep($0) } })
    }

    init(_ details: RunDetails) { self.init(details.record, steps: details.steps) }
}

extension Wire.RunStep {
    init(_ record: RunStepRecord) {
        self.init(
            step: record.step, status: record.status, exitCode: record.exitCode,
            durationMs: record.milliseconds,
            snapshot: record.snapshot, reason: record.reason, errorCode: record.errorCode?.rawValue)
    }
}

extension Wire.Plan {
    init(_ plan: RunPlan, workspace: String?) {
        self.init(
            workspace: workspace, revision: plan.revision, steps: plan.steps.map { Wire.PlanStep($0) },
            warnings: plan.warnings)
    }
}

extension Wire.PlanStep {
    init(_ step: PlannedStep) {
        self.init(
            step: step.step, identity: step.identity, cache: step.snapshot == nil ? .miss : .hit,
            reason: step.reason, snapshot: step.snapshot, parent: step.parent)
    }
}
