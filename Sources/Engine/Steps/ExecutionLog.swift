import Layers
import Linux
import Model
import Sandbox
import Synchronization
import SystemPackage

/// Where an execution's output can be read, once it has begun to run, from its beginning and as often as wanted.
///
/// Holds the file open: it may be removed as soon as the step has ended, whoever still reads.
final class ExecutionLog: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var file: SharedDescriptor?
        /// Hides what no reader gets to see. Each has a copy of his own, with his place in the text.
        var mask = SecretMask(hiding: [])
        var isOver = false
        var readers: [LogReader] = []
        /// Of those who wait for the beginning.
        var waiters: [AsyncStream<Never>.Continuation] = []
    }

    /// The command runs.
    ///
    /// - Parameter hidden: values of secrets.
    func begin(_ step: RunningStep, hiding hidden: [String]) throws(Failure) {
        let file = SharedDescriptor(try step.openLog())
        let mask = SecretMask(hiding: hidden)
        change { state in
            state.mask = mask
            state.file = file
        }
    }

    /// Nothing is written any more: readers end after what there is.
    func end() {
        let readers = change { state in
            state.isOver = true
            return state.readers
        }
        for reader in readers { reader.finish() }
    }

    /// A reader from the beginning and what its bytes have to go through, as soon as the command runs; nil if it never did,
    /// or the caller's task is cancelled before.
    func reader() async throws(Failure) -> (LogReader, SecretMask)? {
        let (beginning, waiter) = AsyncStream<Never>.makeStream()
        state.withLock { state in
            if state.file != nil || state.isOver { waiter.finish() } else { state.waiters.append(waiter) }
        }
        for await _ in beginning {}
        let (opened, mask) = state.withLock { ($0.file, $0.mask) }
        guard let file = opened else { return nil }
        let reader = try open(file)
        let isOver = state.withLock { state in
            state.readers.append(reader)
            return state.isOver
        }
        if isOver { reader.finish() }
        return (reader, mask)
    }

    /// With a position of its own, also when the file has no name any more.
    private func open(_ file: SharedDescriptor) throws(Failure) -> LogReader {
        let again: Descriptor
        do throws(Errno) {
            again = try Descriptor.openFile(file.descriptor.processPath)
        } catch {
            throw Failure.storage(error, "open a step's log")
        }
        return try LogReader(again)
    }

    @discardableResult
    private func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        let (value, waiters) = state.withLock { state in
            let value = body(&state)
            defer { state.waiters = [] }
            return (value, state.waiters)
        }
        for waiter in waiters { waiter.finish() }
        return value
    }
}
