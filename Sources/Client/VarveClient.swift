import API
import Model
import NIOCore
import NIOPosix

/// The daemon's API as async functions: one per route, over the Unix socket.
///
/// Every error is a `Failure`: what the daemon answered, or `unreachable` with the remedy; a cancelled task
/// throws `CancellationError` and gives its connection up.
package struct VarveClient: Sendable {
    /// The path of the daemon's socket.
    package let socket: String
    let connector: Connector

    /// Connects nowhere yet.
    package init(socket: String) {
        self.socket = socket
        connector = Connector(socket: socket, group: MultiThreadedEventLoopGroup.singleton)
    }

    /// Sends `request`; what the daemon refuses is thrown.
    func exchange<Result: Sendable>(
        _ request: Request, body: (inout Answer) async throws -> Result
    ) async throws -> Result {
        do {
            return try await connector.exchange(request) { answer in
                try await answer.requireSuccess()
                return try await body(&answer)
            }
        } catch is ConnectionLost {
            throw Failure.lost(socket: socket)
        }
    }

    /// Sends `request` and reads its whole answer as JSON.
    func read<Value: Decodable & Sendable>(_ type: Value.Type, _ request: Request) async throws -> Value {
        try await exchange(request) { answer in
            let bytes = try await answer.bytes()
            do throws(Failure) {
                return try JSONCoding.decode(type, from: bytes, unknownMembers: .ignored)
            } catch {
                throw Failure(
                    .internalError, "the daemon's answer is not understood: \(error.detail)",
                    fix: "use a client and a daemon of one version")
            }
        }
    }

    /// As `read`; a request whose connection breaks before the answer is sent once more, under the same key.
    func create<Value: Decodable & Sendable>(_ type: Value.Type, _ request: Request) async throws -> Value {
        var request = request
        request.idempotencyKey = VarveClient.freshKey()
        return try await readAgain(type, request)
    }

    /// As `read`, for a request that means the same when it is repeated: once more if its connection breaks
    /// before the answer.
    func readAgain<Value: Decodable & Sendable>(_ type: Value.Type, _ request: Request) async throws -> Value
    {
        do {
            return try await read(type, request)
        } catch let failure as Failure where failure == .lost(socket: socket) {
            return try await read(type, request)
        }
    }

    /// Sends `request` and waits for the end of its answer.
    func perform(_ request: Request) async throws {
        try await exchange(request) { answer in
            while try await answer.next() != nil {}
        }
    }

    /// The connection as the event stream needs it: with `ConnectionLost` told apart.
    func exchangeResumably<Result: Sendable>(
        _ request: Request, body: (inout Answer) async throws -> Result
    ) async throws -> Result {
        try await connector.exchange(request) { answer in
            try await answer.requireSuccess()
            return try await body(&answer)
        }
    }

    /// What an answer with a status that is no success says.
    static func refusal(status: Int, body: [UInt8]) -> Failure {
        let problem = try? JSONCoding.decode(Wire.Problem.self, from: body, unknownMembers: .ignored)
        return problem?.failure
            ?? Failure(
                status < 500 ? .badRequest : .internalError,
                "the answer to the request has status \(status) and no explanation",
                fix: "check that the socket is that of varved, in the version of this client")
    }

    private static func freshKey() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined(separator: "-")
    }
}

extension RequestBody {
    static func json(_ value: some Encodable) throws(Failure) -> RequestBody {
        .bytes(try JSONCoding.encode(value), type: MediaType.json)
    }
}
