import API
import Catalog
import Engine
import HTTPTypes
import HummingbirdCore
import Images
import Linux
import Model

/// Images: brought in, listed, shown, and their names taken away.
struct ImageRoutes: Sendable {
    let engine: Engine
    let idempotency: IdempotentRequests

    @Sendable func list(_ call: Call) async throws -> Response {
        let page = try PageRequest(call)
        let images = try await engine.images(in: try call.listReach)
        return try .json(
            try page.cut(
                images.map {
                    (key: "\($0.name.name) \($0.name.scope?.description ?? "")", item: Wire.Image($0))
                }))
    }

    @Sendable func get(_ call: Call) async throws -> Response {
        let name = try call.name(of: "image")
        return try .json(Wire.Image(try await engine.image(name, in: try call.scope)))
    }

    @Sendable func delete(_ call: Call) async throws -> Response {
        let name = try call.name(of: "image")
        try await engine.removeImage(name, in: try call.imagePlaces, isAdmin: call.caller.isAdmin)
        return .done
    }

    @Sendable func create(_ call: Call) async throws -> Response {
        guard call.contentType != MediaType.tar else { return try await upload(call) }
        guard call.query[.name] == nil else {
            throw Failure(
                .badRequest, "the query parameter ‘name’ goes with a tar stream only",
                fix: "name the image in the JSON body, or send a body of type \(MediaType.tar)")
        }
        let bytes = try await call.body()
        let request = try call.decode(Wire.ImageImport.self, bytes)
        let name = try ResourceName(request.name, kind: "image")
        let (places, content) = (try call.imagePlaces, Digest(of: bytes))
        let peer = Result { () throws(Failure) in try call.caller.root }
        let permit = try call.connection.takeUpload()
        let make: @Sendable (@escaping ProgressStream.Report) async throws -> Answer = {
            [engine, idempotency] report in
            defer { withExtendedLifetime(permit) {} }
            return try await idempotency.answer(call, content: content) {
                let image = try await withTaskExecutorPreference(BlockingPool.archives) {
                    try await engine.importImage(
                        name, from: request.source, by: peer, into: places, progress: report)
                }
                return try .json(Wire.Image(image), status: .created)
            }
        }
        if call.accepts(MediaType.ndjson) {
            return try ProgressStream.response(call) { report in
                try await make(report)
            }
        }
        return try await make { _ in }.response
    }

    private func upload(_ call: Call) async throws -> Response {
        guard let text = call.query[.name] else {
            throw Failure(
                .badRequest, "the image in the body has no name", fix: "give it as the query parameter ‘name’"
            )
        }
        let name = try ResourceName(text, kind: "image")
        let places = try call.imagePlaces
        let upload = try await SpooledUpload.receive(call, for: engine)
        let make: @Sendable () async throws -> Answer = { [engine, idempotency] in
            try await idempotency.answer(call, content: upload.digest) {
                let image = try await withTaskExecutorPreference(BlockingPool.archives) {
                    try await engine.importImage(name, tar: try upload.open(), into: places)
                }
                return try .json(Wire.Image(image), status: .created)
            }
        }
        if call.accepts(MediaType.ndjson) {
            return try ProgressStream.response(call) { _ in try await make() }
        }
        return try await make().response
    }
}
