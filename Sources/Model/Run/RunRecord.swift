/// One execution of a pipeline on one revision, as the catalog keeps it.
package struct RunRecord: Hashable, Sendable {
    /// 16 hex digits, beginning with the time: later runs sort behind.
    package var id: String
    package var scope: Scope
    package var workspace: String?
    package var ingest: Int64?
    package var revision: Digest?
    package var status: RunStatus
    package var created: Timestamp
    package var ended: Timestamp?
    package var exitCode: Int?
    package var executed: Int
    package var cacheHits: Int

    package init(
        id: String, scope: Scope, workspace: String?, ingest: Int64?, revision: Digest?, created: Timestamp
    ) {
        self.id = id
        self.scope = scope
        self.workspace = workspace
        self.ingest = ingest
        self.revision = revision
        self.created = created
        status = .queued
        ended = nil
        exitCode = nil
        executed = 0
        cacheHits = 0
    }
}

/// What became of one step of a run.
package struct RunStepRecord: Hashable, Sendable {
    package var run: String
    package var step: StepKey
    /// In the pipeline's topological order.
    package var position: Int
    /// Nil while it has not ended.
    package var status: StepStatus?
    package var snapshot: String?
    package var exitCode: Int?
    package var milliseconds: Int64
    package var reason: MissReason?
    package var errorCode: FailureCode?

    package init(run: String, step: StepKey, position: Int) {
        self.run = run
        self.step = step
        self.position = position
        milliseconds = 0
    }
}
