import API
import Archives
import Catalog
import Engine
import HTTPTypes
import HummingbirdCore
import Linux
import Model

/// Cache volumes: listed, shown, emptied, removed, and moved from one machine to another.
struct VolumeRoutes: Sendable {
    let engine: Engine
    let idempotency: IdempotentRequests

    @Sendable func list(_ call: Call) async throws -> Response {
        let page = try PageRequest(call)
        let volumes = try await engine.volumes(in: try call.listReach, workspace: try call.workspace)
        return try .json(
            try page.cut(
                volumes.map { volume in
                    let name = volume.name
                    return (
                        key: "\(name.scope) \(name.workspace ?? "") \(name.name)", item: Wire.Volume(volume)
                    )
                }))
    }

    @Sendable func get(_ call: Call) async throws -> Response {
        try .json(Wire.Volume(try await engine.volume(try name(call))))
    }

    @Sendable func delete(_ call: Call) async throws -> Response {
        try await engine.removeVolume(try name(call), version: call.query[.version])
        return .done
    }

    @Sendable func clear(_ call: Call) async throws -> Response {
        try .json(Wire.Volume(try await engine.clearVolume(try name(call))))
    }

    @Sendable func export(_ call: Call) async throws -> Response {
        let (name, version) = (try name(call), call.query[.version])
        return try await .archive(call, type: MediaType.zstandardTar) { [engine] archive throws(Failure) in
            try await engine.exportVolume(name, version: version, to: archive)
        }
    }

    @Sendable func create(_ call: Call) async throws -> Response {
        let name = try name(call)
        guard let packing = call.archivePacking else {
            call.connection.closeAfterAnswer()
            throw Failure(
                .badRequest, "a volume comes as an archive, and the body is of another type",
                fix: "send \(MediaType.zstandardTar), \(MediaType.gzippedTar) or \(MediaType.tar)")
        }
        let upload = try await SpooledUpload.receive(call, for: engine)
        return try await idempotency.answer(call, content: upload.digest) {
            let volume = try await withTaskExecutorPreference(BlockingPool.archives) {
                try await engine.importVolume(name, archive: try upload.open(), packing: packing)
            }
            return try .json(Wire.Volume(volume), status: .created)
        }.response
    }

    private func name(_ call: Call) throws(Failure) -> VolumeName {
        VolumeName(scope: try call.scope, workspace: try call.workspace, name: try call.name(of: "volume"))
    }
}
