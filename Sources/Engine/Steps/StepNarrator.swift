import Model

/// The run that tells of an execution, and what it calls the step: what the step leaves is on record under
/// both.
struct StepNarrator: Sendable {
    let run: LiveRun
    let step: StepKey
}
