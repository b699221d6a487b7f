import HTTPTypes
import HummingbirdCore
import Linux
import Model

extension Response {
    /// An answer whose body comes bit by bit until `produce` returns, or the client has left.
    ///
    /// An error of `produce` breaks the connection off, so that nobody takes the part for the whole. The connection is closed
    /// behind the answer.
    static func stream(
        _ call: Call, type: String, permit: StreamPermit,
        _ produce:
            @escaping @concurrent @Sendable (StreamWriter, inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        let stream = StreamWriter(call.connection)
        var response = Response(
            status: .ok,
            headers: [.contentType: type, .connection: "close", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(permit) {} }
                // However many readers there are, requests go first.
                try await withTaskExecutorPreference(BlockingPool.background) {
                    try await produce(stream, &writer)
                    try await stream.finish(writer)
                }
            })
        response.headers[.contentLength] = nil
        return response
    }
}
