import API
import Model
import NIOCore
import NIOHTTP1

/// The answer to one request: its head, and its body as it comes in.
struct Answer {
    let status: Int
    let headers: HTTPHeaders
    private var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    private var isComplete = false

    /// - Throws: `ConnectionLost` if the connection ends before the head of the answer.
    init(reading parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator) async throws {
        self.parts = parts
        while true {
            guard case .head(let head)? = try await Answer.next(&self.parts) else { throw ConnectionLost() }
            // Informational answers announce another head.
            guard head.status.code < 200 else {
                status = Int(head.status.code)
                headers = head.headers
                return
            }
            guard case .end? = try await Answer.next(&self.parts) else { throw ConnectionLost() }
        }
    }

    /// The next piece of the body; nil after the last.
    ///
    /// - Throws: `ConnectionLost` if the connection ends before the body does.
    mutating func next() async throws -> ByteBuffer? {
        if isComplete { return nil }
        switch try await Answer.next(&parts) {
        case .body(let buffer)?: return buffer
        case .end?:
            isComplete = true
            return nil
        case .head?, nil: throw ConnectionLost()
        }
    }

    /// The whole body.
    ///
    /// - Throws: `internal` beyond 64 MiB.
    mutating func bytes() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try await next() {
            bytes.append(contentsOf: buffer.readableBytesView)
            guard bytes.count <= 64 << 20 else {
                throw Failure(
                    .internalError, "the daemon's answer is larger than 64 MiB",
                    fix: "ask for less at once, with --limit")
            }
        }
        return bytes
    }

    /// - Throws: the failure that an answer with a status of 400 or more describes.
    mutating func requireSuccess() async throws {
        guard status >= 400 else { return }
        throw VarveClient.refusal(status: status, body: try await bytes())
    }

    private static func next(
        _ parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    ) async throws -> HTTPClientResponsePart? {
        do {
            return try await parts.next(isolation: #isolation)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ConnectionLost()
        }
    }
}
