import Model
import NIOCore
import Synchronization

/// One connection, as far as the answers to its requests care.
final class Connection: Sendable {
    let channel: any Channel
    let caller: Caller
    let limits: ServerConfiguration.Limits
    private let ledger: ConnectionLedger
    private let isClosing = Atomic(false)

    init(channel: any Channel, caller: Caller, limits: ServerConfiguration.Limits, ledger: ConnectionLedger) {
        self.channel = channel
        self.caller = caller
        self.limits = limits
        self.ledger = ledger
    }

    /// What came over the connection cannot be followed up to the next request: it is closed behind this answer.
    func closeAfterAnswer() { isClosing.store(true, ordering: .relaxed) }

    var closesAfterAnswer: Bool { isClosing.load(ordering: .relaxed) }

    /// Returns when all that was written has left the daemon, or the connection is closed because nobody reads it; nothing
    /// can be written behind it.
    ///
    /// To be waited for before the connection is closed, which throws away what still waits in the daemon.
    func finishWriting() async { try? await channel.close(mode: .output).get() }

    /// A request has come.
    func noteRequest() { ledger.noteRequest(over: channel) }

    /// Calls `body` when the connection is gone, on its event loop.
    ///
    /// For what waits in the midst of an answer: the library's own way of noticing that a client has left loses a race at the
    /// end of short ones and takes the process down with it.
    func whenClosed(_ body: @escaping @Sendable () -> Void) {
        channel.closeFuture.whenComplete { _ in body() }
    }

    /// Does what may take for good, as long as the client is there: it is cancelled when the connection is gone.
    func whileOpen<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let working = WorkForClient(Task { try await work() })
        // Its outcome must not live as long as the connection.
        whenClosed { [weak working] in working?.task.cancel() }
        defer { withExtendedLifetime(working) {} }
        return try await working.task.value
    }

    /// - Throws: `too-many`.
    func takeStream() throws(Failure) -> StreamPermit { try ledger.take(.stream, of: caller.scope) }

    /// For a stream that a thread of its own writes.
    ///
    /// - Throws: `too-many`.
    func takeArchive() throws(Failure) -> StreamPermit { try ledger.take(.archive, of: caller.scope) }

    /// For an archive that comes in and is taken in, and for the import of an image from wherever it is.
    ///
    /// - Throws: `too-many`.
    func takeUpload() throws(Failure) -> StreamPermit { try ledger.take(.upload, of: caller.scope) }
}

/// What is done for a client, as something that can be gone when he leaves.
private final class WorkForClient<Value: Sendable>: Sendable {
    let task: Task<Value, any Error>

    init(_ task: Task<Value, any Error>) { self.task = task }
}
