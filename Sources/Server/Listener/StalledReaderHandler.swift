import NIOCore
import NIOHTTP1

/// Closes the connection of a reader who leaves whole answers lying: who makes no room for 64 KiB within the deadline, or a
/// quarter of it later.
///
/// Watches only while more waits to be written than the channel likes, so that the usual answer costs nothing. What comes as
/// a stream is a ``StreamWriter``'s, which knows when a reader may pause. Stands behind the decoder of requests.
final class StalledReaderHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let deadline: Duration
    /// A stream is being written.
    private var isStreaming = false
    private var watch: RepeatedTask?
    /// Bytes that waited when the reader was last seen to make room, and when that was.
    private var waiting = 0
    private var since = ContinuousClock.now

    init(deadline: Duration) { self.deadline = deadline }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part {
            isStreaming = head.status != .continue && !head.headers.contains(name: "content-length")
        }
        context.write(data, promise: promise)
        if case .end = part {
            isStreaming = false
            update(context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        update(context)
        context.fireChannelWritabilityChanged()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func update(_ context: ChannelHandlerContext) {
        guard !isStreaming, !context.channel.isWritable else { return stop() }
        guard watch == nil else { return }
        (waiting, since) = (0, .now)
        let pause = TimeAmount(deadline / 4)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in
            let (handler, context) = bound.value
            handler.look(context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        guard !isStreaming else { return stop() }
        let left = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if left > waiting {
            waiting = left
        } else if waiting - left >= StreamWriter.chunkSize {
            (waiting, since) = (left, .now)
        }
        if since.duration(to: .now) >= deadline { context.channel.close(promise: nil) }
    }

    private func stop() {
        watch?.cancel()
        watch = nil
    }
}

@available(*, unavailable)
extension StalledReaderHandler: Sendable {}
