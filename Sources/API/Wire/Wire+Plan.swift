package import Model

extension Wire {
    /// What a run of a pipeline would do now.
    package struct Plan: Codable, Hashable, Sendable {
        package var workspace: String?
        package var revision: Digest?
        /// In an order in which every step comes after those it waits for.
        package var steps: [PlanStep]
        package var warnings: [Warning]

        package init(
            workspace: String? = nil, revision: Digest? = nil, steps: [PlanStep], warnings: [Warning]
        ) {
            self.workspace = workspace
            self.revision = revision
            self.steps = steps
            self.warnings = warnings
        }

        private enum CodingKeys: String, CodingKey {
            case workspace, revision, steps, warnings
        }
    }
}
