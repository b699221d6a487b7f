package import Model

extension Wire {
    /// A pipeline on a revision: the body of `POST /v1/plans` and `POST /v1/runs`.
    package struct RunRequest: Codable, Hashable, Sendable {
        package var pipeline: PipelineDocument
        /// Nil for a pipeline whose steps have none.
        package var workspace: String?
        /// Nil for the workspace's newest.
        package var revision: Digest?
        package var options: RunOptions?

        package init(
            pipeline: PipelineDocument, workspace: String? = nil, revision: Digest? = nil,
            options: RunOptions? = nil
        ) {
            self.pipeline = pipeline
            self.workspace = workspace
            self.revision = revision
            self.options = options
        }

        private enum CodingKeys: String, CodingKey {
            case pipeline, workspace, revision, options
        }
    }
}
