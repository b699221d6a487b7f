import HummingbirdCore
import NIOCore

/// Writes a body of unknown length at the reader's pace.
///
/// No more than 64 KiB are on their way at once, whatever the reader does: the next chunk is given out when the connection's
/// event loop has had a turn with the last one. A reader that makes no room within the deadline loses its connection.
struct StreamWriter: Sendable {
    private let channel: any Channel
    private let deadline: TimeAmount
    private var mayPause: @Sendable () -> Bool = { false }

    init(_ connection: Connection) {
        channel = connection.channel
        deadline = TimeAmount(connection.limits.writeDeadline)
    }

    static let chunkSize = 64 << 10

    /// The same for a reader to whom no deadline applies while `mayPause` says so.
    func patient(while mayPause: @escaping @Sendable () -> Bool) -> StreamWriter {
        var writer = self
        writer.mayPause = mayPause
        return writer
    }

    @concurrent func write(_ bytes: [UInt8], to writer: inout any ResponseBodyWriter) async throws {
        try await write(ByteBuffer(bytes: bytes), to: &writer)
    }

    /// - Throws: when the connection is gone.
    @concurrent func write(_ buffer: ByteBuffer, to writer: inout any ResponseBodyWriter) async throws {
        var rest = buffer
        while let chunk = rest.readSlice(length: min(rest.readableBytes, StreamWriter.chunkSize)),
            chunk.readableBytes > 0
        {
            let (channel, mayPause) = (channel, mayPause)
            let timeout = channel.eventLoop.scheduleRepeatedTask(initialDelay: deadline, delay: deadline) {
                _ in if !mayPause() { channel.close(promise: nil) }
            }
            defer { timeout.cancel() }
            try await writer.write(chunk)
            try await channel.eventLoop.submit {}.get()
        }
    }
}
