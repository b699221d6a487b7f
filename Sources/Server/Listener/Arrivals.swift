import NIOCore

/// The connections of a listening socket that the kernel has handed out and nobody serves yet.
///
/// A listening channel that is closed drops them unanswered; where the socket is the service manager's, those callers
/// believe that they have reached a daemon while others wait for the next one. So once the channel is to quiesce it takes
/// no more connections, and the event goes on, to whoever closes it, when the last one is served or gone.
final class Arrivals: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    /// The connection is served from here on.
    struct Served: Sendable {
        fileprivate let connection: ObjectIdentifier

        init(_ connection: any Channel) { self.connection = ObjectIdentifier(connection) }
    }

    private var waiting: Set<ObjectIdentifier> = []
    private var isQuiescing = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let connection = unwrapInboundIn(data)
        waiting.insert(ObjectIdentifier(connection))
        let (served, listening) = (Served(connection), context.channel)
        connection.closeFuture.whenComplete { _ in listening.pipeline.fireUserInboundEventTriggered(served) }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let served as Served:
            guard waiting.remove(served.connection) != nil, isQuiescing, waiting.isEmpty else { return }
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
            guard waiting.isEmpty else { return }
        default: return context.fireUserInboundEventTriggered(event)
        }
        context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
}
