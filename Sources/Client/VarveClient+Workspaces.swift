package import API
package import Model
package import NIOCore

extension VarveClient {
    /// Takes in the directory at `request.path`.
    package func createRevision(
        of workspace: ResourceName, _ request: Wire.RevisionRequest
    ) async throws -> Wire.Revision {
        try await create(
            Wire.Revision.self,
            Request(route: .createRevision(workspace: workspace), body: .json(request), patience: nil))
    }

    /// Takes in the tree of a tar archive that goes up as a stream. `chunks` gives nil at the end.
    ///
    /// - Parameter type: how it is packed: `MediaType.tar`, `.gzippedTar` or `.zstandardTar`.
    package func createRevision(
        of workspace: ResourceName, tar chunks: @escaping @Sendable () async throws -> ByteBuffer?,
        type: String = MediaType.tar
    ) async throws -> Wire.Revision {
        // Not repeated when the answer is lost: the stream is used up.
        try await read(
            Wire.Revision.self,
            Request(
                route: .createRevision(workspace: workspace), body: .stream(type: type, next: chunks),
                patience: nil))
    }

    package func deleteRevision(_ digest: Digest, of workspace: ResourceName) async throws {
        try await perform(Request(route: .deleteRevision(workspace: workspace, digest), patience: nil))
    }

    package func deleteWorkspace(_ name: ResourceName) async throws {
        try await perform(Request(route: .deleteWorkspace(name: name), patience: nil))
    }
}
