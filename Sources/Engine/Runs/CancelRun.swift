package import Model

extension Engine {
    /// Asks a run to end. Returns at once; its last event says when everything of it is gone. Repeating it
    /// changes nothing.
    ///
    /// - Throws: `not-found` for a run that is not in `scope`; nil for all scopes.
    package func cancelRun(_ id: String, in scope: Scope?) async throws(Failure) {
        _ = try await run(id, in: scope)
        liveRuns[id]?.end(.requested)
    }
}
