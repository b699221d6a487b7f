import HTTPTypes
import NIOCore
import NIOHTTP1

/// Reads no more from the socket behind a request that may be the connection's last in HTTP.
///
/// The decoder of requests ends there and keeps whatever comes, without bound. Where the protocol is switched, ``RawInput``
/// reads on; else the connection is closed behind the answer. A client that leaves is noticed all the same, with no more
/// taken than the kernel keeps for the socket. Stands behind the decoder.
final class LastRequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var isLast = false
    private var hasEnded = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): isLast = head.method == .CONNECT || head.headers.contains(name: "upgrade")
        case .body: break
        case .end: hasEnded = hasEnded || isLast
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if !hasEnded { context.read() }
    }
}

@available(*, unavailable)
extension LastRequestHandler: Sendable {}

extension HTTPRequest {
    /// Behind this request no other is read, whether its protocol is switched or not: what a ``LastRequestHandler`` goes by.
    var isLastOfConnection: Bool { method == .connect || headerFields.contains(.upgrade) }
}
