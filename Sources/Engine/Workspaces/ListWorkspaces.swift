package import Catalog
import Logging
package import Model

extension Engine {
    /// In the order of their names.
    package func workspaces(in reach: Reach) async throws(Failure) -> [WorkspaceRecord] {
        try await catalog.workspaces(in: reach)
    }

    /// Each as it was registered last, the newest first. `cursor` is the last one's number of the page before.
    package func revisions(
        of name: ResourceName, in scope: Scope, before cursor: Int64?, limit: Int
    ) async throws(Failure) -> [Ingest] {
        try await catalog.revisions(
            of: try await workspaceNumber(name, in: scope), before: cursor, limit: limit)
    }

    /// Forgets a workspace and its revisions. Snapshots stay, and runs under way go on.
    ///
    /// - Throws: `not-found`; `conflict` while a lease stands on it.
    package func removeWorkspace(_ name: ResourceName, in scope: Scope) async throws(Failure) {
        let workspace = try await workspaceNumber(name, in: scope)
        // Not under an ingest, which builds upon the newest revision.
        try await workspaceTurns.withTurn(workspace) { () async throws(Failure) in
            try await catalog.removeWorkspace(workspace)
            do {
                try await scans.forget(workspace)
            } catch {
                // The next start tries again.
                logger.warning("a scan cache can't be removed", metadata: ["error": "\(error)"])
            }
        }
        upkeep.request()
    }

    /// - Throws: `not-found`; `conflict` while a lease stands on it.
    package func removeRevision(
        _ digest: Digest, of name: ResourceName, in scope: Scope
    ) async throws(Failure) {
        let workspace = try await workspaceNumber(name, in: scope)
        let wasThere = try await workspaceTurns.withTurn(workspace) { () async throws(Failure) in
            try await catalog.removeIngests(of: workspace, revision: digest)
        }
        guard wasThere else {
            throw Failure(
                .notFound, "workspace \(name) has no revision \(digest)",
                fix: "list them with: GET /v1/workspaces/\(name)/revisions")
        }
        upkeep.request()
    }

    private func workspaceNumber(_ name: ResourceName, in scope: Scope) async throws(Failure) -> Int64 {
        guard let number = try await catalog.findWorkspace(name, in: scope) else {
            throw Failure(
                .notFound, "there is no workspace \(name)", fix: "list them with: GET /v1/workspaces")
        }
        return number
    }
}
