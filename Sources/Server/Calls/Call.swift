import API
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Linux
import Model
import NIOCore

/// One request on its way through a route: what was asked, by whom, over which connection.
struct Call: Sendable {
    let endpoint: Endpoint
    let request: Request
    let connection: Connection
    let query: Query
    let scopeChoice: ScopeChoice
    private let parameters: [String: String]

    /// - Throws: `forbidden` for another's scope, or an endpoint that is not the caller's; `bad-request` for a query that
    ///   the endpoint does not have.
    init(_ endpoint: Endpoint, _ request: Request, _ context: CallContext) throws(Failure) {
        self.endpoint = endpoint
        self.request = request
        connection = context.connection
        query = try Query(
            parsing: request.uri.query, allowed: endpoint.queryParameters, labels: endpoint.takesLabels)
        scopeChoice = try ScopeChoice(query[.scope], caller: context.connection.caller)
        if endpoint.isForAdmins, !context.connection.caller.isAdmin {
            throw Failure(
                .forbidden,
                "\(endpoint.method.rawValue) \(endpoint.template) is for admins, and this caller, "
                    + "\(context.connection.caller.scope), is none",
                fix: "call as root or a member of an admin group, through a socket that is bound to no scope")
        }
        var parameters: [String: String] = [:]
        for name in endpoint.parameters {
            guard let value = PercentEncoding.decode(context.parameters.get(name) ?? "") else {
                throw Failure(
                    .badRequest, "the path's ‘\(name)’ has broken percent-encoding",
                    fix: "encode it by RFC 3986, with UTF-8")
            }
            parameters[name] = value
        }
        self.parameters = parameters
    }

    var caller: Caller { connection.caller }
    var limits: ServerConfiguration.Limits { connection.limits }

    /// The path's parameter that names something.
    ///
    /// - Throws: `bad-name`.
    func name(of kind: String) throws(Failure) -> ResourceName {
        try ResourceName(parameters["name"] ?? "", kind: kind)
    }

    /// The path's parameter that identifies a thing of this kind, whether there is one or not.
    ///
    /// - Throws: `not-found` for text that no identifier looks like.
    func identifier(of kind: IdentifiedKind) throws(Failure) -> String {
        let text = parameters["id"] ?? ""
        guard Identifier.isOne(text) else {
            throw Failure(
                .notFound,
                "there is no \(kind.rawValue) ‘\(EntryPath.printable(Array(text.utf8.prefix(100))))’",
                fix: kind.remedy)
        }
        return text
    }

    /// The path's parameter that is a digest.
    ///
    /// - Throws: `not-found` for text that is none.
    func digest() throws(Failure) -> Digest {
        guard let digest = Digest(hex: parameters["digest"] ?? "") else {
            throw Failure(
                .notFound, "the path's digest is no revision",
                fix: "give 64 hex digits, as lists of revisions show them")
        }
        return digest
    }

    /// The query's workspace, by its name.
    ///
    /// - Throws: `bad-name`.
    var workspace: String? {
        get throws(Failure) {
            guard let text = query[.workspace] else { return nil }
            return try ResourceName(text, kind: "workspace").text
        }
    }

    /// The query's step.
    ///
    /// - Throws: `bad-request` for text that is no key.
    var step: StepKey? {
        get throws(Failure) {
            guard let text = query[.step] else { return nil }
            guard let step = StepKey(text) else {
                throw Failure(
                    .badRequest, "the query parameter ‘step’ is no step's key",
                    fix: "use a key of the pipeline")
            }
            return step
        }
    }

    /// Whether the caller wants an answer of this media type rather than the usual one.
    func accepts(_ type: String) -> Bool {
        request.headers[.accept]?.split(separator: ",").contains { entry in
            entry.split(separator: ";").first.map { $0.trimmingWhitespace() } == type[...]
        } ?? false
    }
}

extension Substring {
    fileprivate func trimmingWhitespace() -> Substring {
        let start = drop(while: \.isWhitespace)
        return start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)]
    }
}
