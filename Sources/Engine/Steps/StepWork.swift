import Model

/// A step that is to be executed, for the run that asked first.
struct StepWork: Sendable {
    let attempt: StepAttempt
    let subject: StepSubject

    var step: StepSpecification { subject.step }
    var identity: StepIdentity { subject.identity }
    var run: LiveRun { attempt.run }
    var narrator: StepNarrator { StepNarrator(run: run, step: step.key) }
    /// What the command sees at its workspace; nil for a step without one.
    var ingest: Int64? { run.frozen.revision(for: step)?.ingest }
    /// Whether the run is not to look for it.
    var isWithoutCache: Bool { run.frozen.options.noCache.covers(step.key) }
    /// Where the step stands in its pipeline.
    var position: Int { run.frozen.pipeline.position(of: step.key) ?? 0 }
}
