package import Model

/// What is planned or run: a pipeline, the revision it is frozen on, and options.
package struct RunRequest: Sendable {
    package var pipeline: Pipeline
    /// Nil only where no step needs a revision.
    package var workspace: ResourceName?
    /// Nil for the newest.
    package var revision: Digest?
    package var options: RunOptions

    package init(pipeline: Pipeline, workspace: ResourceName?, revision: Digest?, options: RunOptions) {
        self.pipeline = pipeline
        self.workspace = workspace
        self.revision = revision
        self.options = options
    }

    /// The steps that are to run, in the order of the pipeline: the targets and what they wait for, or all.
    var wantedSteps: [StepSpecification] {
        guard !options.targets.isEmpty else { return pipeline.steps }
        let needed = pipeline.needed(for: Set(options.targets))
        return pipeline.steps.filter { needed.contains($0.key) }
    }
}
