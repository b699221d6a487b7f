import API
import Glibc
import Model
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Makes one connection to the socket per request; over a Unix socket that costs less than keeping one.
struct Connector: Sendable {
    let socket: String
    let group: any EventLoopGroup

    private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// Sends `request` and hands its answer to `body`; the connection ends with it.
    ///
    /// - Throws: `unreachable`; `ConnectionLost`; what the request's stream or `body` throws.
    func exchange<Result: Sendable>(
        _ request: Request, body: (inout Answer) async throws -> Result
    ) async throws -> Result {
        let channel = try await connect()
        let abort = Abort(channel.channel)
        return try await channel.executeThenClose { inbound, outbound in
            let alarm = request.patience.map { patience in
                channel.channel.eventLoop.scheduleTask(in: TimeAmount(patience)) {
                    abort(because: Failure.silent(socket: socket, for: patience))
                }
            }
            let upload = Task { await send(request, to: outbound, abort: abort) }
            defer {
                alarm?.cancel()
                upload.cancel()
            }
            var answer = try await abort.explaining {
                try await Answer(reading: inbound.makeAsyncIterator())
            }
            alarm?.cancel()
            return try await body(&answer)
        }
    }

    /// Makes a connection for what is not all HTTP.
    func connectPlainly() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await connect { channel in try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
    }

    private func connect() async throws -> Channel {
        try await connect { channel in
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            return try Channel(wrappingChannelSynchronously: channel)
        }
    }

    private func connect<Result: Sendable>(
        _ setUp: @escaping @Sendable (any NIOCore.Channel) throws -> Result
    ) async throws -> Result {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            do {
                return try await ClientBootstrap(group: group)
                    .connectTimeout(.seconds(5))
                    .connect(unixDomainSocketPath: socket) { channel in
                        channel.eventLoop.makeCompletedFuture { try setUp(channel) }
                    }
            } catch let error as IOError where error.errnoCode == EAGAIN && ContinuousClock.now < deadline {
                // More wait to be accepted than the kernel lets wait; a connect that blocks would wait, too.
                try await Task.sleep(for: .milliseconds(10))
            } catch {
                throw Failure.unreachable(socket: socket, error)
            }
        }
    }

    /// How long one waits in front of a daemon that is busy with others.
    private static let patience = Duration.seconds(10)

    /// Writes the request. A daemon that answers before it has read all of it closes its end: then there is
    /// nothing to say here, the answer says it.
    private func send(
        _ request: Request, to outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>, abort: Abort
    ) async {
        do {
            try await outbound.write(.head(request.head))
            switch request.body {
            case .none: break
            case .bytes(let bytes, _): try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
            case .stream(_, let next):
                while let chunk = try await abort.feeding(next) {
                    try await outbound.write(.body(.byteBuffer(chunk)))
                }
            }
            try await outbound.write(.end(nil))
        } catch {}
    }
}

extension Request {
    fileprivate var head: HTTPRequestHead {
        var headers: HTTPHeaders = [
            "host": "varve", "accept": accept, "connection": "close", "user-agent": "varve",
        ]
        if let type = body.type { headers.add(name: "content-type", value: type) }
        switch body {
        case .none: if route.method == .post { headers.add(name: "content-length", value: "0") }
        case .bytes(let bytes, _): headers.add(name: "content-length", value: "\(bytes.count)")
        case .stream: headers.add(name: "transfer-encoding", value: "chunked")
        }
        if let idempotencyKey { headers.add(name: HeaderName.idempotencyKey, value: idempotencyKey) }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: route.method.rawValue),
            uri: route.path + query.text,
            headers: headers)
    }
}
