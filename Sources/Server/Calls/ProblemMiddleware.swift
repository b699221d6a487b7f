import API
import Engine
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Model
import NIOHTTP1

/// Turns everything a route throws into `application/problem+json`, and logs what is the daemon's own fault.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = CallContext

    @concurrent func handle(
        _ request: Request, context: CallContext,
        next: @concurrent (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        do {
            // The router would leave the empty part out, and take the next one for what was to be there.
            guard !request.uri.path.contains("//") else { return ProblemMiddleware.unknownRoute(request) }
            return try await next(request, context)
        } catch let failure as Failure {
            if failure.code.status.isOwnFault {
                context.logger.error(
                    "\(failure.detail)",
                    metadata: [
                        "code": "\(failure.code.rawValue)",
                        "request": "\(request.method) \(request.uri.path)",
                    ])
            }
            return Answer.problem(failure).response
        } catch let error as HTTPParserError {
            context.connection.closeAfterAnswer()
            let failure = Failure(
                .badRequest, "the request's body is not framed as HTTP/1.1 says: \(error)",
                fix: "send it in one piece with its Content-Length, or in well-formed chunks")
            return Answer.problem(failure).response
        } catch is CancellationError {
            return Answer.problem(.stopping).response
        } catch let error as HTTPError where error.status == .notFound {
            return ProblemMiddleware.unknownRoute(request)
        } catch {
            context.logger.error("a request failed", metadata: ["error": "\(error)"])
            let failure = Failure(.internalError, "\(error)", fix: "report this with the daemon's log")
            return Answer.problem(failure).response
        }
    }

    /// 405 where the path is known with another method, else 404.
    private static func unknownRoute(_ request: Request) -> Response {
        let path = EntryPath.printable(Array(request.uri.path.utf8.prefix(200)))
        let others = Endpoint.allCases.filter { $0.matches(path: request.uri.path) }
        guard !others.isEmpty else {
            let failure = Failure(
                .notFound, "there is nothing at \(path)", fix: "see docs/openapi.yaml for what there is")
            return Answer.problem(failure).response.without(bodyFor: request.method)
        }
        let methods = others.map(\.method.rawValue).sorted().joined(separator: ", ")
        let failure = Failure(.badRequest, "\(path) does not take \(request.method)", fix: "use \(methods)")
        var response = Answer.problem(failure, status: .methodNotAllowed).response
        response.headers[.allow] = methods
        return response.without(bodyFor: request.method)
    }
}

extension Response {
    /// What is answered to HEAD, which no endpoint takes, has no body: a client would read it as the next answer.
    fileprivate func without(bodyFor method: HTTPRequest.Method) -> Response {
        method == .head ? Response(status: status, headers: headers) : self
    }
}

extension HTTPStatus {
    /// Whether the daemon or its host is to blame, and not the request.
    fileprivate var isOwnFault: Bool { self == .internalError || self == .insufficientStorage }
}

extension Endpoint {
    /// Whether a request's path is this endpoint's, whatever the method.
    fileprivate func matches(path: String) -> Bool {
        let wanted = template.split(separator: "/", omittingEmptySubsequences: false)
        // As the router, which leaves a last slash out.
        let given = (path.hasSuffix("/") ? path.dropLast() : path[...])
            .split(separator: "/", omittingEmptySubsequences: false)
        return wanted.count == given.count
            && zip(wanted, given).allSatisfy { $0.first == "{" && !$1.isEmpty || $0 == $1 }
    }
}
