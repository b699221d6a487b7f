import HummingbirdCore
import NIOCore
import Synchronization

/// Writes a body of unknown length at the reader's pace.
///
/// No more than 64 KiB are on their way at once, whatever the reader does: as soon as that much is, the next chunk is given
/// out when the connection's event loop has had a turn with it. A reader that makes no room within the deadline, or a
/// quarter of it later, loses its connection. One task writes at a time.
final class StreamWriter: Sendable {
    private let channel: any Channel
    private let deadline: Duration
    private let mayPause: @Sendable () -> Bool
    private let state = Mutex(State())

    private struct State {
        /// When the chunk was given out that is waited for.
        var waitsSince: ContinuousClock.Instant?
        /// Bytes given out since the event loop's last turn that was waited for.
        var underWay = 0
        /// Looks whether anything has waited too long. On the event loop, once for the whole stream: chunks are many and
        /// small.
        var watch: RepeatedTask?
    }

    convenience init(_ connection: Connection) {
        self.init(connection.channel, connection.limits.writeDeadline) { false }
    }

    private init(_ channel: any Channel, _ deadline: Duration, _ mayPause: @escaping @Sendable () -> Bool) {
        self.channel = channel
        self.deadline = deadline
        self.mayPause = mayPause
    }

    deinit { state.withLock { $0.watch }?.cancel() }

    static let chunkSize = 64 << 10

    /// The same for a reader to whom no deadline applies while `mayPause` says so.
    func patient(while mayPause: @escaping @Sendable () -> Bool) -> StreamWriter {
        StreamWriter(channel, deadline, mayPause)
    }

    @concurrent func write(_ bytes: [UInt8], to writer: inout any ResponseBodyWriter) async throws {
        try await write(ByteBuffer(bytes: bytes), to: &writer)
    }

    /// - Throws: when the connection is gone.
    @concurrent func write(_ buffer: ByteBuffer, to writer: inout any ResponseBodyWriter) async throws {
        var rest = buffer
        while rest.readableBytes > 0 {
            let (size, isFull) = begin(rest.readableBytes)
            defer { state.withLock { $0.waitsSince = nil } }
            guard let chunk = rest.readSlice(length: size) else { return }
            try await writer.write(chunk)
            if isFull {
                try await channel.eventLoop.submit {}.get()
                state.withLock { $0.underWay = 0 }
            }
        }
    }

    /// Ends the body behind what was written, which waits as a write does.
    ///
    /// - Throws: when the connection is gone.
    @concurrent func finish(_ writer: any ResponseBodyWriter) async throws {
        _ = begin(0)
        defer { state.withLock { $0.waitsSince = nil } }
        try await writer.finish(nil)
    }

    /// How many of `bytes` may be given out, and whether nothing more may behind them until the event loop had a turn.
    private func begin(_ bytes: Int) -> (size: Int, isFull: Bool) {
        state.withLock { state in
            state.waitsSince = .now
            let size = min(bytes, StreamWriter.chunkSize - state.underWay)
            state.underWay += size
            if state.watch == nil {
                let pause = TimeAmount(deadline / 4)
                state.watch = channel.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) {
                    [weak self] _ in self?.look()
                }
            }
            return (size, state.underWay == StreamWriter.chunkSize)
        }
    }

    private func look() {
        let mayPause = mayPause()
        let isLate = state.withLock { state in
            guard let since = state.waitsSince else { return false }
            // The deadline counts from when a pause is over.
            if mayPause { state.waitsSince = .now }
            return !mayPause && since.duration(to: .now) >= deadline
        }
        if isLate { channel.close(promise: nil) }
    }
}
