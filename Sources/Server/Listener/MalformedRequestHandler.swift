import API
import HTTPTypes
import Model
import NIOCore
import NIOHTTP1

/// Answers what is no HTTP request with a problem, and closes the connection.
///
/// Only between requests: an answer that has begun can't be replaced. Stands behind the decoder of requests.
final class MalformedRequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var unanswered = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { unanswered += 1 }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, unanswered == 0 else {
            context.fireErrorCaught(error)
            return
        }
        let answer =
            error == .headerOverflow
            ? Answer.problem(
                Failure(
                    .tooLarge, "the request's header fields are too long or too many",
                    fix: "send fewer and shorter ones"),
                status: .requestHeaderFieldsTooLarge)
            : Answer.problem(
                Failure(
                    .badRequest, "this is not HTTP/1.1: \(error)", fix: "speak HTTP/1.1 on this socket"))
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status.code),
            headers: [
                "content-type": answer.type, "content-length": "\(answer.bytes.count)", "connection": "close",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.bytes)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}

@available(*, unavailable)
extension MalformedRequestHandler: Sendable {}
