package import API
package import Model
package import NIOCore

extension VarveClient {
    /// With its fields and facts.
    package func snapshot(_ id: String) async throws -> Wire.Snapshot {
        try await read(Wire.Snapshot.self, Request(route: .snapshot(id: id)))
    }

    /// - Throws: `has-children` unless `recursively`.
    package func deleteSnapshot(_ id: String, recursively: Bool) async throws {
        var query = Query()
        if recursively { query.add(.recursive, "true") }
        try await perform(Request(route: .deleteSnapshot(id: id), query: query, patience: nil))
    }

    /// Keeps the snapshot, with all it stands on, until it is unpinned; or ends that.
    @discardableResult
    package func pinSnapshot(_ id: String, _ isPinned: Bool) async throws -> Wire.Snapshot {
        let route: Route = isPinned ? .pinSnapshot(id: id) : .unpinSnapshot(id: id)
        return try await read(Wire.Snapshot.self, Request(route: route))
    }

    /// Removes snapshots nobody needs, or says which would go; for admins.
    package func prune(_ request: Wire.PruneRequest) async throws -> Wire.Pruning {
        try await read(Wire.Pruning.self, Request(route: .prune, body: .json(request), patience: nil))
    }

    /// Hands the tar stream of `path` in the snapshot, on `revision` or the one it was made on, to `receive`.
    package func files(
        of snapshot: String, path: String, revision: Digest? = nil,
        receive: (ByteBuffer) async throws -> Void
    ) async throws {
        var query = Query()
        query.add(.path, path)
        query.add(.revision, revision?.hex)
        let request = Request(route: .snapshotFiles(id: snapshot), query: query, accept: MediaType.tar)
        try await exchange(request) { answer in
            while let buffer = try await answer.next() { try await receive(buffer) }
        }
    }
}
