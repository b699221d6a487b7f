import API
import Engine
import HTTPTypes
import HummingbirdCore
import Model
import Pipelines

/// Plans, explanations and runs.
struct RunRoutes: Sendable {
    let engine: Engine
    let idempotency: IdempotentRequests

    @Sendable func plan(_ call: Call) async throws -> Response {
        let request = try await call.json(Wire.RunRequest.self)
        let plan = try await engine.plan(try read(request, call), for: try call.scope)
        return try .json(Wire.Plan(plan, workspace: request.workspace))
    }

    @Sendable func explain(_ call: Call) async throws -> Response {
        let request = try await call.json(Wire.ExplanationRequest.self)
        let explanation = try await engine.explain(
            request.step, in: try read(request.runRequest, call), for: try call.scope)
        return try .json(Wire.Explanation(explanation))
    }

    @Sendable func create(_ call: Call) async throws -> Response {
        let bytes = try await call.body()
        let request = try call.decode(Wire.RunRequest.self, bytes)
        let (scope, wanted) = (try call.scope, try read(request, call))
        return try await idempotency.answer(call, content: Digest(of: bytes)) {
            var outputs: OutputDirectory?
            if let path = request.options?.outputsPath {
                let peer = try call.caller.root
                outputs = try await call.connection.whileOpen { [engine] in
                    try await engine.openOutputs(Array(path.utf8), by: peer, for: scope)
                }
            }
            let record = try await engine.startRun(wanted, for: scope, outputs: outputs)
            return try .json(Wire.Run(record), status: .created)
        }.response
    }

    @Sendable func list(_ call: Call) async throws -> Response {
        let page = try PageRequest(call)
        var status: RunStatus?
        if let text = call.query[.status] {
            guard let named = RunStatus(rawValue: text) else {
                throw Failure(
                    .badRequest, "the query parameter ‘status’ is no status of a run",
                    fix: "use one of " + RunStatus.allCases.map(\.rawValue).joined(separator: ", "))
            }
            status = named
        }
        let records = try await engine.runs(
            in: try call.listReach, workspace: try call.workspace, status: status,
            before: try page.identifierCursor, limit: page.limit + 1)
        return try .json(page.page(records.map { (key: $0.id, item: Wire.Run($0)) }))
    }

    @Sendable func get(_ call: Call) async throws -> Response {
        let details = try await engine.run(try call.identifier(of: .run), in: try call.reach)
        return try .json(Wire.Run(details))
    }

    @Sendable func cancel(_ call: Call) async throws -> Response {
        try await engine.cancelRun(try call.identifier(of: .run), in: try call.reach)
        return Response(status: .accepted)
    }

    private func read(_ request: Wire.RunRequest, _ call: Call) throws(Failure) -> RunRequest {
        let options = PipelineReader.Options(
            slug: request.options?.pipeline, defaultImage: engine.configuration.defaultImage)
        var workspace: ResourceName?
        if let name = request.workspace { workspace = try ResourceName(name, kind: "workspace") }
        return RunRequest(
            pipeline: try PipelineReader(options: options).read(request.pipeline.text), workspace: workspace,
            revision: request.revision, options: try RunOptions(request.options, jobLimit: call.limits.jobs))
    }
}
