import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A peer on a real Unix socket that answers each connection with the next of its scripts, byte for byte.
final class ScriptedDaemon: Sendable {
    /// What is written to one connection after its request has been read.
    struct Script: Sendable {
        var bytes: [UInt8]
        /// Whether the request's body is read before the answer.
        var readsBody = true
        /// Whether the connection is kept open after the answer, until the client closes it.
        var staysOpen = false

        init(_ text: String, readsBody: Bool = true, staysOpen: Bool = false) {
            bytes = Array(text.utf8)
            self.readsBody = readsBody
            self.staysOpen = staysOpen
        }

        /// An answer with a length.
        static func answer(
            _ status: String, type: String = "application/json", _ body: String
        ) -> Script {
            Script(
                "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
        }

        /// The beginning of a chunked answer, cut off after `chunks` unless `ends`.
        static func chunked(_ chunks: [String], ends: Bool, type: String = "application/x-ndjson") -> Script {
            let body = chunks.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
            return Script(
                "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"
                    + (ends ? "0\r\n\r\n" : ""))
        }
    }

    let socket: String
    private let state: Mutex<(scripts: [Script], requests: [String])>

    private init(socket: String, scripts: [Script]) {
        self.socket = socket
        state = Mutex((scripts, []))
    }

    /// What has been received so far, one text per connection.
    var requests: [String] { state.withLock { $0.requests } }

    /// Runs `body` while the peer listens, and removes socket and directory afterwards.
    static func run(
        _ scripts: [Script], body: (ScriptedDaemon) async throws -> Void
    ) async throws {
        var template = Array("/tmp/varve-client-XXXXXX".utf8CString)
        // SAFETY: `template` is NUL-terminated and lives across the call.
        let directory = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
        defer {
            // SAFETY: both take the path as a C string for the time of the call.
            unsafe unlink(directory + "/s")
            unsafe rmdir(directory)
        }
        let daemon = ScriptedDaemon(socket: directory + "/s", scripts: scripts)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: daemon.socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await daemon.serve(server) }
            try await body(daemon)
            try await server.channel.close()
            group.cancelAll()
        }
    }

    private func serve(_ server: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>) async throws
    {
        try? await server.executeThenClose { connections in
            for try await connection in connections { try? await answer(connection) }
        }
    }

    private func answer(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws {
        let script = state.withLock { $0.scripts.isEmpty ? nil : $0.scripts.removeFirst() }
        guard let script else { return try await connection.channel.close() }
        try await connection.executeThenClose { inbound, outbound in
            var received = ""
            var iterator = inbound.makeAsyncIterator()
            while !Self.isComplete(received, withBody: script.readsBody),
                let buffer = try await iterator.next()
            {
                received += String(buffer: buffer)
            }
            state.withLock { $0.requests.append(received) }
            try await outbound.write(ByteBuffer(bytes: script.bytes))
            while script.staysOpen, try await iterator.next() != nil {}
        }
    }

    private static func isComplete(_ request: String, withBody: Bool) -> Bool {
        guard let end = request.firstRange(of: "\r\n\r\n") else { return false }
        if !withBody { return true }
        let head = request[..<end.lowerBound].lowercased()
        let body = request[end.upperBound...]
        if head.contains("transfer-encoding: chunked") { return body.hasSuffix("0\r\n\r\n") }
        guard let field = head.split(separator: "\r\n").first(where: { $0.hasPrefix("content-length: ") }),
            let length = Int(field.dropFirst("content-length: ".count))
        else { return true }
        return body.utf8.count >= length
    }
}
