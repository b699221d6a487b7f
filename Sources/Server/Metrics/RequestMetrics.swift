import HTTPTypes
import Hummingbird
import HummingbirdCore
import Linux
import Logging
import Metrics

/// Counts requests by route and status, and tells the log of each at level debug.
struct RequestMetrics: RouterMiddleware {
    typealias Context = CallContext

    @concurrent func handle(
        _ request: Request, context: CallContext,
        next: @concurrent (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let elapsed = start.duration(to: .now)
        let route = context.endpointPath ?? "unknown"
        // The method comes from the caller: only where a route has it is it from a closed set.
        let method = context.endpointPath == nil || route == "NotFound" ? "any" : request.method.rawValue
        Counter(
            label: "varve_http_requests_total",
            dimensions: [("method", method), ("route", route), ("status", "\(response.status.code)")]
        ).increment()
        Metrics.Timer(label: "varve_http_request_duration_seconds", dimensions: [("route", route)])
            .recordNanoseconds(elapsed.nanoseconds)
        context.logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)",
                "uid": "\(context.connection.caller.identity.uid)",
                "microseconds": "\(elapsed.nanoseconds / 1000)",
            ])
        return response
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
