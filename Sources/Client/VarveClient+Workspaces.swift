package import API
package import Model

extension VarveClient {
    /// Takes in the directory at `request.path`.
    package func createRevision(
        of workspace: ResourceName, _ request: Wire.RevisionRequest
    ) async throws -> Wire.Revision {
        try await create(
            Wire.Revision.self,
            Request(route: .createRevision(workspace: workspace), body: .json(request), patience: nil))
    }

    package func deleteRevision(_ digest: Digest, of workspace: ResourceName) async throws {
        try await perform(Request(route: .deleteRevision(workspace: workspace, digest)))
    }

    package func deleteWorkspace(_ name: ResourceName) async throws {
        try await perform(Request(route: .deleteWorkspace(name: name)))
    }
}
