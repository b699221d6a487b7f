package import Model

extension Wire {
    /// A step of a pipeline on a revision: the body of `POST /v1/explanations`.
    package struct ExplanationRequest: Codable, Hashable, Sendable {
        package var step: StepKey
        package var pipeline: PipelineDocument
        /// Nil for a pipeline whose steps have none.
        package var workspace: String?
        /// Nil for the workspace's newest.
        package var revision: Digest?
        package var options: RunOptions?

        package init(
            step: StepKey, pipeline: PipelineDocument, workspace: String? = nil, revision: Digest? = nil,
            options: RunOptions? = nil
        ) {
            self.step = step
            self.pipeline = pipeline
            self.workspace = workspace
            self.revision = revision
            self.options = options
        }

        private enum CodingKeys: String, CodingKey {
            case step, pipeline, workspace, revision, options
        }
    }
}

extension Wire.ExplanationRequest {
    package init(step: StepKey, of request: Wire.RunRequest) {
        self.init(
            step: step, pipeline: request.pipeline, workspace: request.workspace, revision: request.revision,
            options: request.options)
    }

    /// The request for a plan of the same pipeline.
    package var runRequest: Wire.RunRequest {
        Wire.RunRequest(pipeline: pipeline, workspace: workspace, revision: revision, options: options)
    }
}
