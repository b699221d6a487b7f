import NIOCore
import NIOHTTP1

/// Closes a connection over which nothing is under way: at once when it is to quiesce, else when it has been silent for the
/// limit, or a quarter of it longer.
///
/// An answer is under way until its last byte has left the daemon. The library holds it for done as soon as it is handed
/// over, and would cut off who reads it slowly: so it is told neither the limit nor that the connection is to quiesce. Who
/// takes nothing of such an answer is silent. Stands behind all that answers by itself.
final class IdleConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limit: Duration
    private var isQuiescing = false
    /// More of the last request is to come.
    private var isReading = false
    /// Requests whose answers are not handed over yet, and answers that are not written out.
    private var unanswered = 0
    private var unwritten = 0
    /// Bytes that waited to be written when something was last seen to move, and when that was.
    private var waiting = 0
    private var since = ContinuousClock.now
    private var watch: RepeatedTask?

    init(limit: Duration) { self.limit = limit }

    func handlerAdded(context: ChannelHandlerContext) {
        let pause = TimeAmount(limit / 4)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in
            let (handler, context) = bound.value
            handler.look(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch?.cancel()
        watch = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: (unanswered, isReading) = (unanswered + 1, true)
        case .body: break
        case .end: isReading = false
        }
        since = .now
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        // The library answers a body that is not framed well once more.
        unanswered = max(unanswered - 1, 0)
        unwritten += 1
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            let (handler, context) = bound.value
            handler.unwritten -= 1
            handler.since = .now
            handler.closeIfDone(context)
        }
        context.write(data, promise: written)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isQuiescing = true
        closeIfDone(context)
    }

    private func closeIfDone(_ context: ChannelHandlerContext) {
        if isQuiescing, unanswered == 0, unwritten == 0 { context.close(promise: nil) }
    }

    private func look(_ context: ChannelHandlerContext) {
        let left = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let isBeingAnswered = unanswered > 0 && !isReading
        if isBeingAnswered || left != waiting { (waiting, since) = (left, .now) }
        if since.duration(to: .now) >= limit { context.close(promise: nil) }
    }
}

@available(*, unavailable)
extension IdleConnectionHandler: Sendable {}
