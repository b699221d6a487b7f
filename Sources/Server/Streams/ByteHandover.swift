import Archives
import Dispatch
import Model
import Synchronization

/// Hands bytes from a thread that may block to a task that may not, and keeps the thread from running ahead.
final class ByteHandover: ByteSink, Sendable {
    private let state = Mutex(State())
    private let room = DispatchSemaphore(value: 0)

    private struct State: Sendable {
        var chunks: [[UInt8]] = []
        var isWriterWaiting = false
        var reader: CheckedContinuation<Void, Never>?
        var end: Result<Void, Failure>?
        var isAbandoned = false
    }

    private static let mostChunks = 4

    /// Blocks while the reader is behind.
    ///
    /// - Throws: `cancelled` when nobody reads any more.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        // SAFETY: the bytes are copied while they are lent.
        let chunk = unsafe Array(bytes)
        while true {
            let (isTaken, reader) = try state.withLock { state throws(Failure) in
                guard !state.isAbandoned else {
                    throw Failure(.cancelled, "the client left before the end", fix: "ask again")
                }
                guard state.chunks.count < ByteHandover.mostChunks else {
                    state.isWriterWaiting = true
                    return (false, nil as CheckedContinuation<Void, Never>?)
                }
                state.chunks.append(chunk)
                return (true, state.reader.take())
            }
            reader?.resume()
            if isTaken { return }
            room.wait()
        }
    }

    /// As the other `write`.
    func write(_ bytes: [UInt8]) throws(Failure) {
        // SAFETY: the bytes are lent for the call.
        let outcome = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(Failure) in try unsafe write(bytes) }
        }
        try outcome.get()
    }

    /// Nothing is written any more.
    func finish(_ end: Result<Void, Failure>) {
        let reader = state.withLock { state in
            state.end = end
            return state.reader.take()
        }
        reader?.resume()
    }

    /// The next bytes; nil at the end. For one reader.
    ///
    /// - Throws: what the writing ended with, `CancellationError`.
    func next() async throws -> [UInt8]? {
        while true {
            if let outcome = takeNext() { return try outcome.get() }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if !state.chunks.isEmpty || state.end != nil || state.isAbandoned { return true }
                        state.reader = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                abandon()
            }
        }
    }

    /// Nothing is read any more: the writer's next attempt fails.
    func abandon() {
        let (wasWaiting, reader) = state.withLock { state in
            state.isAbandoned = true
            state.chunks = []
            defer { state.isWriterWaiting = false }
            return (state.isWriterWaiting, state.reader.take())
        }
        if wasWaiting { room.signal() }
        reader?.resume()
    }

    /// Nil while there is nothing to say.
    private func takeNext() -> Result<[UInt8]?, any Error>? {
        let (outcome, wasWaiting) = state.withLock { state -> (Result<[UInt8]?, any Error>?, Bool) in
            if state.isAbandoned { return (.failure(CancellationError()), false) }
            guard !state.chunks.isEmpty else {
                return (state.end.map { end in end.map { nil }.mapError { $0 as any Error } }, false)
            }
            defer { state.isWriterWaiting = false }
            return (.success(state.chunks.removeFirst()), state.isWriterWaiting)
        }
        if wasWaiting { room.signal() }
        return outcome
    }
}

/// The reading end of a handover: when it goes, the writer need not go on.
final class HandoverReader: Sendable {
    private let handover: ByteHandover
    private let stopWriting: @Sendable () -> Void

    /// - Parameter stopWriting: tells a writer that may have nothing to write for long.
    init(_ handover: ByteHandover, stopWriting: @escaping @Sendable () -> Void) {
        self.handover = handover
        self.stopWriting = stopWriting
    }

    deinit {
        handover.abandon()
        stopWriting()
    }

    func next() async throws -> [UInt8]? { try await handover.next() }
}
