import API
import Engine
import HTTPTypes
import HummingbirdCore
import Linux
import Model
import NIOCore

/// What the daemon says of itself and of its store.
struct UpkeepRoutes: Sendable {
    let engine: Engine
    let metrics: PrometheusRegistry?
    let ledger: ConnectionLedger

    @Sendable func info(_ call: Call) async throws -> Response {
        let limits = call.limits
        return try .json(
            Wire.Info(
                version: Version.current, apiVersions: ["v1"], storeId: engine.storeID,
                store: engine.configuration.storePath,
                features: [
                    "events-ndjson", "events-sse", "idempotency-key", "image-upload", "leases", "prune",
                    "revision-upload", "scope", "volumes",
                ],
                limits: [
                    "body_bytes": Int64(limits.bodyBytes), "upload_bytes": limits.uploadBytes,
                    "uploads": Int64(limits.uploads),
                    "connections": Int64(limits.connections), "streams": Int64(limits.streams),
                    "runs": Int64(engine.configuration.maximumRuns), "jobs": Int64(limits.jobs),
                    "page_items": Endpoint.pageLimit.most,
                ],
                host: [
                    "kernel": KernelRelease.currentText, "runtime": engine.configuration.runtime,
                    "network_helper": engine.configuration.networkHelper,
                    "mount_namespace": MountNamespace.ofThisProcess.rawValue,
                ]))
    }

    @Sendable func health(_ call: Call) async throws -> Response {
        try .json(Wire.Health(await engine.health()))
    }

    @Sendable func usage(_ call: Call) async throws -> Response {
        try .json(Wire.Usage(try await engine.usage(workspacesIn: try call.reach)))
    }

    @Sendable func prune(_ call: Call) async throws -> Response {
        let request = try PruneRequest(try await call.json(Wire.PruneRequest.self))
        return try .json(Wire.Pruning(try await engine.prune(request), isDryRun: request.isDryRun))
    }

    @Sendable func metrics(_ call: Call) async throws -> Response {
        guard let metrics else {
            throw Failure(.notFound, "this daemon counts nothing", fix: "see the log instead")
        }
        let counts = ledger.counts
        let text =
            metrics.text + Gauge.text(of: try await engine.gauges())
            + "# TYPE varve_http_connections gauge\nvarve_http_connections \(counts.connections)\n"
            + "# TYPE varve_http_streams gauge\nvarve_http_streams \(counts.streams)\n"
        return Answer(status: .ok, type: MediaType.metrics, bytes: Array(text.utf8)).response
    }
}
