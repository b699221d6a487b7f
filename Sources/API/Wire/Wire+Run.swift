package import Model

extension Wire {
    /// One execution of a pipeline on one revision.
    package struct Run: Codable, Hashable, Sendable {
        package var id: String
        package var status: RunStatus
        package var workspace: String?
        package var revision: Digest?
        package var createdAt: Time
        package var endedAt: Time?
        /// From its creation to its end; nil before.
        package var durationMs: Int64?
        /// The exit status `varve run` has for it; nil before its end.
        package var exitCode: Int?
        package var executed: Int
        package var cacheHits: Int
        /// In the pipeline's order; nil in lists.
        package var steps: [RunStep]?

        package init(
            id: String, status: RunStatus, workspace: String? = nil, revision: Digest? = nil, createdAt: Time,
            endedAt: Time? = nil, durationMs: Int64? = nil, exitCode: Int? = nil, executed: Int,
            cacheHits: Int, steps: [RunStep]? = nil
        ) {
            self.id = id
            self.status = status
            self.workspace = workspace
            self.revision = revision
            self.createdAt = createdAt
            self.endedAt = endedAt
            self.durationMs = durationMs
            self.exitCode = exitCode
            self.executed = executed
            self.cacheHits = cacheHits
            self.steps = steps
        }

        private enum CodingKeys: String, CodingKey {
            case id, status, workspace, revision
            case createdAt = "created_at"
            case endedAt = "ended_at"
            case durationMs = "duration_ms"
            case exitCode = "exit_code"
            case executed
            case cacheHits = "cache_hits"
            case steps
        }
    }
}
