import API
import Archives
import Catalog
import Engine
import HTTPTypes
import HummingbirdCore
import Linux
import Model

/// Workspaces and their revisions.
struct WorkspaceRoutes: Sendable {
    let engine: Engine
    let idempotency: IdempotentRequests

    @Sendable func list(_ call: Call) async throws -> Response {
        let page = try PageRequest(call)
        let workspaces = try await engine.workspaces(in: try call.listReach)
        let part = try page.cut(workspaces.map { (key: "\($0.scope) \($0.name)", item: Wire.Workspace($0)) })
        return try .json(part)
    }

    @Sendable func delete(_ call: Call) async throws -> Response {
        try await engine.removeWorkspace(try call.name(of: "workspace"), in: try call.scope)
        return .done
    }

    @Sendable func createRevision(_ call: Call) async throws -> Response {
        let name = try call.name(of: "workspace")
        if let packing = call.archivePacking { return try await upload(call, of: name, packing) }
        try requireNoArchive(call)
        let bytes = try await call.body()
        let request = try call.decode(Wire.RevisionRequest.self, bytes)
        let (scope, peer) = (try call.scope, try call.caller.root)
        let wanted = RevisionRequest(request)
        return try await idempotency.answer(call, content: Digest(of: bytes)) {
            // Where the request runs: most are so short that going elsewhere would take as long.
            let summary = try await engine.registerRevision(of: name, wanted, by: peer, in: scope)
            return try .json(Wire.Revision(summary), status: .created)
        }.response
    }

    /// An archive in some other packing is not read as JSON.
    private func requireNoArchive(_ call: Call) throws(Failure) {
        guard let type = call.contentType, type.hasPrefix(MediaType.tar) else { return }
        call.connection.closeAfterAnswer()
        throw Failure(
            .badRequest,
            "a body of type ‘\(EntryPath.printable(Array(type.utf8.prefix(100))))’ is not taken in",
            fix: "send \(MediaType.tar), \(MediaType.gzippedTar) or \(MediaType.zstandardTar)")
    }

    private func upload(
        _ call: Call, of name: ResourceName, _ packing: ArchivePacking
    ) async throws -> Response {
        let scope = try call.scope
        let upload = try await SpooledUpload.receive(call, for: engine)
        return try await idempotency.answer(call, content: upload.digest) {
            let summary = try await withTaskExecutorPreference(BlockingPool.archives) {
                try await engine.registerRevision(
                    of: name, archive: try upload.open(), packing: packing, in: scope)
            }
            return try .json(Wire.Revision(summary), status: .created)
        }.response
    }

    @Sendable func listRevisions(_ call: Call) async throws -> Response {
        let page = try PageRequest(call)
        let name = try call.name(of: "workspace")
        let ingests = try await engine.revisions(
            of: name, in: try call.scope, before: try page.numberCursor, limit: page.limit + 1)
        return try .json(page.page(ingests.map { (key: "\($0.number)", item: Wire.Revision($0)) }))
    }

    @Sendable func deleteRevision(_ call: Call) async throws -> Response {
        let name = try call.name(of: "workspace")
        try await engine.removeRevision(try call.digest(), of: name, in: try call.scope)
        return .done
    }
}
