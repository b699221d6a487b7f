package import API
package import Model
package import NIOCore

extension VarveClient {
    /// In the order of workspaces and names.
    package func volumes(
        workspace: String? = nil, _ part: Part = Part()
    ) async throws -> Wire.Page<Wire.Volume> {
        try await list(.listVolumes, part, Filter(workspace: workspace))
    }

    /// - Parameter workspace: nil for a volume of runs without one.
    package func volume(_ name: ResourceName, of workspace: String?) async throws -> Wire.Volume {
        try await read(
            Wire.Volume.self, Request(route: .volume(name: name), query: Self.query(workspace)))
    }

    /// Removes the volume, or only one version of it.
    package func deleteVolume(
        _ name: ResourceName, of workspace: String?, version: String? = nil
    ) async throws {
        try await perform(
            Request(route: .deleteVolume(name: name), query: Self.query(workspace, version)))
    }

    /// Removes all versions.
    @discardableResult
    package func clearVolume(_ name: ResourceName, of workspace: String?) async throws -> Wire.Volume {
        try await read(
            Wire.Volume.self, Request(route: .clearVolume(name: name), query: Self.query(workspace)))
    }

    /// Hands a version, by default the newest, as a tar archive packed with Zstandard to `receive`.
    package func exportVolume(
        _ name: ResourceName, of workspace: String?, version: String? = nil,
        receive: (ByteBuffer) async throws -> Void
    ) async throws {
        try await exchange(Self.exportRequest(name, of: workspace, version: version)) { answer in
            while let buffer = try await answer.next() { try await receive(buffer) }
        }
    }

    /// The daemon merges the version's layers before it answers.
    static func exportRequest(_ name: ResourceName, of workspace: String?, version: String?) -> Request {
        Request(
            route: .exportVolume(name: name), query: query(workspace, version),
            accept: MediaType.zstandardTar, patience: nil)
    }

    /// Makes a version out of an exported one. `chunks` gives nil at the end.
    package func importVolume(
        _ name: ResourceName, of workspace: String?,
        archive chunks: @escaping @Sendable () async throws -> ByteBuffer?,
        type: String = MediaType.zstandardTar
    ) async throws -> Wire.Volume {
        // Not repeated when the answer is lost: the stream is used up.
        try await read(
            Wire.Volume.self,
            Request(
                route: .importVolume(name: name), query: Self.query(workspace),
                body: .stream(type: type, next: chunks), patience: nil))
    }

    private static func query(_ workspace: String?, _ version: String? = nil) -> Query {
        var query = Query()
        query.add(.workspace, workspace)
        query.add(.version, version)
        return query
    }
}
