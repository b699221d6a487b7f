import JSON
import Layers
import Linux
import Model
import Synchronization
import SystemPackage

/// The events of one run: an append-only file of one JSON object per line, line N being event N.
///
/// An event is encoded once, when it is appended; every reader gets those bytes. Readers wait at the end of
/// the file until something is appended or the journal is closed. Nothing is kept in memory but the file's
/// length and a sparse index.
package final class RunJournal: Sendable {
    private let file: Descriptor
    private let relief: @Sendable () -> Bool
    /// How many bytes are kept free on the disk for the ends of steps and run.
    private let roomForEnds: Int64
    private let state: Mutex<State>
    /// How the run was said to have ended when the journal was resumed; nil if it was not.
    let toldEnd: RunStatus?

    private struct State: Sendable {
        var lastSequence: Int64 = 0
        var size: Int64 = 0
        /// Up to where there are blocks for the file.
        var reserved: Int64 = 0
        /// The run's end is in it: nothing comes behind that.
        var isEnded = false
        var isClosed = false
        /// Offsets of the lines after sequence numbers 0, stride, 2 × stride …
        var index: [Int64] = [0]
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastToken = 0
        var readers = 0
        /// Nil as long as there was none, and nobody has asked either.
        var lastReaderLeft: ContinuousClock.Instant?

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            defer { waiters = [:] }
            return Array(waiters.values)
        }
    }

    private static let indexStride: Int64 = 4096
    /// How many bytes a reader is handed at once: what each of many that stand still holds on to.
    private static let pieceSize = 16 << 10
    private static let reservation: Int64 = 64 << 10
    private static let longestEnd: Int64 = 1 << 10

    /// A journal for a run that begins.
    ///
    /// - Parameters:
    ///   - stepCount: how many ends of steps there will be, which find room whatever else fills the disk.
    ///   - relief: asked for room when the disk is full; with some, what is to be written is tried once more.
    init(
        creatingIn directory: borrowing Directory, stepCount: Int,
        relief: @escaping @Sendable () -> Bool = { false }
    ) throws(Errno) {
        self.relief = relief
        roomForEnds = Int64(stepCount + 1) * Self.longestEnd
        file = try directory.openFile(
            RunJournal.fileName, [.readWrite, .create, .exclusive], mode: 0o600)
        toldEnd = nil
        state = Mutex(State())
    }

    /// The journal of a run that has ended, in this life of the daemon or an earlier one.
    init(reading directory: borrowing Directory) throws(Errno) {
        relief = { false }
        roomForEnds = 0
        file = try directory.openFile(RunJournal.fileName, .readOnly)
        let size = try file.status().size
        toldEnd = nil
        state = Mutex(State(size: size, isClosed: true))
    }

    /// The journal of a run that an earlier life of the daemon did not end: goes on behind its last whole
    /// line.
    init(
        resuming directory: borrowing Directory, stepCount: Int = 0,
        relief: @escaping @Sendable () -> Bool = { false }
    ) throws(Errno) {
        self.relief = relief
        roomForEnds = Int64(stepCount + 1) * Self.longestEnd
        file = try directory.openFile(RunJournal.fileName, [.readWrite, .create], mode: 0o600)
        var state = State()
        var offset: Int64 = 0
        while true {
            let bytes = try file.read(upTo: 1 << 20, at: offset)
            if bytes.isEmpty { break }
            for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
                state.lastSequence += 1
                state.size = offset + Int64(index) + 1
                if state.lastSequence % RunJournal.indexStride == 0 { state.index.append(state.size) }
            }
            offset += Int64(bytes.count)
        }
        try file.truncate(to: state.size)
        let bytes = try Self.lastLine(of: file, before: state.size)
        let last = try? EventLine(bytes)
        state.isEnded = last?.isLast ?? false
        toldEnd = if case .buildEnd(let status, _, _, _, _)? = last?.event?.kind { status } else { nil }
        self.state = Mutex(state)
    }

    /// A line that says how a run ended is a short one: of a longer one, nothing.
    private static func lastLine(of file: borrowing Descriptor, before end: Int64) throws(Errno) -> [UInt8] {
        let start = max(0, end - longestEnd)
        let bytes = try file.read(upTo: Int(end - start), at: start).dropLast()
        guard let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
            return start == 0 ? Array(bytes) : []
        }
        return Array(bytes[(newline + 1)...])
    }

    static let fileName = "events.ndjson"

    /// Appends events in order, in one write. What comes after the run's end, such as a warning for all runs under way, or
    /// after `close` was not meant for this run any more and is dropped.
    ///
    /// - Throws: `storage-full`, `storage-failed`; the events are then not in the journal.
    func append(_ kinds: [Event.Kind], at time: Timestamp) throws(Failure) {
        let waiters: [CheckedContinuation<Void, Never>]
        do throws(Errno) {
            waiters = try state.withLock { state throws(Errno) in
                if state.isClosed || state.isEnded { return [] }
                var bytes: [UInt8] = []
                let time = Array(time.rfc3339.utf8)
                var index = state.index
                var sequence = state.lastSequence
                for kind in kinds {
                    sequence += 1
                    kind.appendJSONLine(to: &bytes, sequence: sequence, time: time)
                    if sequence % RunJournal.indexStride == 0 {
                        index.append(state.size + Int64(bytes.count))
                    }
                }
                let end = state.size + Int64(bytes.count) + (kinds.allSatisfy(\.isEnd) ? 0 : roomForEnds)
                if end > state.reserved { state.reserved = try reserve(end) }
                do throws(Errno) {
                    try write(bytes, at: state.size)
                } catch {
                    // What was taken back took the room with it.
                    state.reserved = 0
                    throw error
                }
                state.size += Int64(bytes.count)
                state.lastSequence = sequence
                state.index = index
                state.isEnded = kinds.contains(where: \.isRunEnd)
                return state.takeWaiters()
            }
        } catch {
            throw Failure.storage(error, "write the run's events")
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Hands out everything that is there, in chunks of whole lines. Blocks.
    func readAll(_ body: ([UInt8]) throws -> Void) throws {
        var offset: Int64 = 0
        let end = state.withLock { $0.size }
        while offset < end {
            let chunk = try lines(from: offset)
            if chunk.isEmpty { return }
            try body(chunk)
            offset += Int64(chunk.count)
        }
    }

    /// Has the disk keep room up to `end`.
    ///
    /// - Returns: up to where it does.
    private func reserve(_ end: Int64) throws(Errno) -> Int64 {
        let generous = end + Self.reservation - end % Self.reservation
        do throws(Errno) {
            try file.reserve(generous)
            return generous
        } catch {
            // Then a write that finds no room asks for relief, and that has to do.
            guard error.isOutOfSpace else { return .max }
        }
        do throws(Errno) {
            try file.reserve(end)
        } catch {
            guard relief() else { throw error }
            try file.reserve(end)
        }
        return end
    }

    /// All of them, or none.
    private func write(_ bytes: [UInt8], at offset: Int64) throws(Errno) {
        do throws(Errno) {
            // SAFETY: the bytes outlive the call.
            return try unsafe file.writeAll(bytes.span.bytes, at: offset)
        } catch {
            try? file.truncate(to: offset)
            guard error.isOutOfSpace, relief() else { throw error }
        }
        do throws(Errno) {
            // SAFETY: the bytes outlive the call.
            try unsafe file.writeAll(bytes.span.bytes, at: offset)
        } catch {
            try? file.truncate(to: offset)
            throw error
        }
    }

    /// No event comes any more; readers end when they have read what there is.
    func close() {
        let waiters = state.withLock { state in
            if !state.isClosed { try? file.truncate(to: state.size) }
            state.isClosed = true
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// For how long nobody has read this journal; nil while somebody does.
    ///
    /// As long as there was none, it counts from when this is first asked: while a long journal is opened
    /// nobody can come.
    var unattended: Duration? {
        state.withLock { state in
            if state.readers > 0 { return nil }
            let now = ContinuousClock.now
            let left = state.lastReaderLeft ?? now
            state.lastReaderLeft = left
            return left.duration(to: now)
        }
    }

    /// A reader of everything after event number `sequence`; of what there is now unless `following`.
    package func reader(after sequence: Int64, following: Bool = true) -> Reader {
        Reader(self, after: sequence, following: following)
    }

    /// Counts a reader in, until `dismiss`: the number that its waiting is known by, where it begins, and where the journal ends
    /// now.
    func admit(readingAfter sequence: Int64) -> (token: Int, position: Reader.Position, end: Int64) {
        let wanted = max(0, sequence)
        return state.withLock { state in
            state.readers += 1
            state.lastToken += 1
            let slot = min(Int(wanted / RunJournal.indexStride), state.index.count - 1)
            let position = Reader.Position(
                offset: state.index[slot], toSkip: wanted - Int64(slot) * RunJournal.indexStride)
            return (state.lastToken, position, state.size)
        }
    }

    /// Counts a reader out.
    func dismiss() {
        state.withLock { state in
            state.readers -= 1
            state.lastReaderLeft = .now
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Whole lines from `offset` on: at least one, else as many as fit in `pieceSize`.
    func lines(from offset: Int64) throws(Errno) -> [UInt8] {
        // What is behind the size is being appended, and taken back if that fails.
        let available = Int(state.withLock { $0.size } - offset)
        var size = RunJournal.pieceSize
        while true {
            var bytes = try file.read(upTo: min(size, available), at: offset)
            if let end = bytes.lastIndex(of: UInt8(ascii: "\n")) {
                bytes.removeSubrange((end + 1)...)
                return bytes
            }
            guard bytes.count == size else { return bytes }
            size *= 4
        }
    }

    /// True once there is something behind `offset`; false if there never will be, or the reader has ended.
    ///
    /// - Parameters:
    ///   - token: of the reader.
    ///   - hasEnded: asked before it waits, and after each `wake`.
    func grown(
        past offset: Int64, _ token: Int, unless hasEnded: @Sendable () -> Bool
    ) async -> Bool {
        while true {
            let (size, isClosed) = state.withLock { ($0.size, $0.isClosed) }
            if hasEnded() { return false }
            if size > offset || isClosed { return size > offset }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let resumeNow = state.withLock { state -> Bool in
                        if state.size > offset || state.isClosed || hasEnded() { return true }
                        state.waiters[token] = continuation
                        return false
                    }
                    if resumeNow { continuation.resume() }
                }
            } onCancel: {
                wake(token)
            }
        }
    }

    /// Has a reader that waits look again whether it has ended.
    func wake(_ token: Int) { state.withLock { $0.waiters.removeValue(forKey: token) }?.resume() }
}

extension Event.Kind {
    /// Whether it says how a step, or the run, ended.
    fileprivate var isEnd: Bool { name == .stepEnd || isRunEnd }
    fileprivate var isRunEnd: Bool { name == .buildEnd }
}
