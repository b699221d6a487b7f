import API
import NIOCore

/// One request to the daemon.
struct Request {
    var route: Route
    var query = Query()
    var accept = MediaType.json
    var body: RequestBody = .none
    /// Set on creating requests, so that one whose answer was lost can be repeated.
    var idempotencyKey: String?
    /// How long the daemon may take to begin its answer; nil for as long as it likes, where it has to walk the store or to
    /// wait for others' work first.
    var patience: Duration? = .seconds(60)
}

/// What goes up with a request.
enum RequestBody: Sendable {
    case none
    case bytes([UInt8], type: String)
    /// Chunks until nil.
    case stream(type: String, next: @Sendable () async throws -> ByteBuffer?)

    var type: String? {
        switch self {
        case .none: nil
        case .bytes(_, let type), .stream(let type, _): type
        }
    }
}
