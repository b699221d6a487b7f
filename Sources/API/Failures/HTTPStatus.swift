/// The statuses that failures are answered with.
package enum HTTPStatus: Int, Sendable, CaseIterable {
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case conflict = 409
    case gone = 410
    case contentTooLarge = 413
    case unprocessable = 422
    case tooManyRequests = 429
    case internalError = 500
    case badGateway = 502
    case unavailable = 503
    case insufficientStorage = 507

    /// The reason phrase.
    package var reasonPhrase: String {
        switch self {
        case .badRequest: "Bad Request"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .conflict: "Conflict"
        case .gone: "Gone"
        case .contentTooLarge: "Content Too Large"
        case .unprocessable: "Unprocessable Content"
        case .tooManyRequests: "Too Many Requests"
        case .internalError: "Internal Server Error"
        case .badGateway: "Bad Gateway"
        case .unavailable: "Service Unavailable"
        case .insufficientStorage: "Insufficient Storage"
        }
    }
}
