import NIOCore
import Synchronization

/// What comes over a connection that speaks HTTP no more, taken before the decoder of requests sees it.
///
/// No more is read from the socket while more than 64 KiB wait to be taken.
final class RawInput: Sendable {
    private struct State: Sendable {
        var chunks: [ByteBuffer] = []
        var size = 0
        var isPaused = false
        var isEnded = false
        var reader: CheckedContinuation<Void, Never>?
        var readOn: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private static let most = 64 << 10

    /// From now on all that comes is this value's. Its request must have been read to the end.
    static func takeOver(_ channel: any Channel) async throws -> RawInput {
        let input = RawInput()
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(RawInputHandler(input), position: .first)
        }.get()
        return input
    }

    /// The next bytes; nil when the client has left, or the task is cancelled. For one reader.
    func next() async -> ByteBuffer? {
        while true {
            let (chunk, isEnded) = takeNext()
            if let chunk { return chunk }
            if isEnded { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if !state.chunks.isEmpty || state.isEnded { return true }
                        state.reader = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                end()
            }
        }
    }

    private func takeNext() -> (chunk: ByteBuffer?, isEnded: Bool) {
        let (chunk, isEnded, readOn) = state.withLock {
            state -> (ByteBuffer?, Bool, (@Sendable () -> Void)?) in
            guard !state.chunks.isEmpty else { return (nil, state.isEnded, nil) }
            let chunk = state.chunks.removeFirst()
            state.size -= chunk.readableBytes
            guard state.isPaused, state.size <= Self.most else { return (chunk, false, nil) }
            state.isPaused = false
            return (chunk, false, state.readOn)
        }
        readOn?()
        return (chunk, isEnded)
    }

    fileprivate func begin(_ readOn: @escaping @Sendable () -> Void) { state.withLock { $0.readOn = readOn } }

    fileprivate func add(_ chunk: ByteBuffer) {
        let reader = state.withLock { state in
            state.chunks.append(chunk)
            state.size += chunk.readableBytes
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Whether to read on now; if not, `readOn` is called in time.
    fileprivate func hasRoom() -> Bool {
        state.withLock { state in
            state.isPaused = state.size > Self.most
            return !state.isPaused
        }
    }

    fileprivate func end() {
        let reader = state.withLock { state in
            state.isEnded = true
            // It leads to the handler, which holds this value.
            state.readOn = nil
            return state.reader.take()
        }
        reader?.resume()
    }
}

/// Stands right behind the socket, before all that speaks HTTP.
private final class RawInputHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let input: RawInput

    init(_ input: RawInput) { self.input = input }

    func handlerAdded(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return input.end() }
        let loop = context.eventLoop
        let bound = NIOLoopBound(context, eventLoop: loop)
        input.begin { loop.execute { bound.value.read() } }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { input.add(unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) {
        if input.hasRoom() { context.read() }
    }

    /// The pace of those behind is not that of this input.
    func read(context: ChannelHandlerContext) {}

    func channelInactive(context: ChannelHandlerContext) {
        input.end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { input.end() }
}

@available(*, unavailable)
extension RawInputHandler: Sendable {}
