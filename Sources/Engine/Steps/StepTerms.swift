import Model

/// What an execution goes by beside its step's identity. A run takes what comes of another one's for its own only if it would
/// have executed the step on equal terms.
struct StepTerms: Hashable, Sendable {
    /// What it runs on; nil for a step without a workspace.
    let ingest: Int64?
    /// Those in force.
    let limits: StepSpecification.Limits
    /// Values that are no part of the identity.
    let passedEnvironment: [String: String]
}

extension Engine {
    func terms(of work: StepWork) -> StepTerms {
        terms(of: work, within: configuration.limits(for: work.step.limits))
    }

    func terms(of work: StepWork, within limits: StepSpecification.Limits) -> StepTerms {
        StepTerms(
            ingest: work.ingest, limits: limits,
            passedEnvironment: work.run.frozen.passedEnvironment(of: work.step))
    }
}
