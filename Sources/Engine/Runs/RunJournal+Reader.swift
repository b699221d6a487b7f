import Linux
import Synchronization

extension RunJournal {
    /// Reads whole lines in order, in pieces of about `pieceSize`.
    package final class Reader: Sendable {
        private let journal: RunJournal
        /// By which its waiting is known.
        private let token: Int
        private let position: Mutex<Position>
        /// Where to stop; nil for the journal's end.
        private let end: Int64?
        private let isStopped = Atomic(false)

        struct Position: Sendable {
            var offset: Int64
            /// Lines between `offset` and the first one wanted.
            var toSkip: Int64

            /// What is left of `lines` behind those that are not wanted.
            mutating func skip(in lines: [UInt8]) -> ArraySlice<UInt8> {
                var rest = lines[...]
                while toSkip > 0, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    rest = rest[(end + 1)...]
                    toSkip -= 1
                }
                return toSkip > 0 ? [] : rest
            }
        }

        init(_ journal: RunJournal, after sequence: Int64, following: Bool) {
            self.journal = journal
            let start = journal.admit(readingAfter: sequence)
            token = start.token
            position = Mutex(start.position)
            end = following ? nil : start.end
        }

        /// Whether there may be more to come.
        package var isOfLiveRun: Bool { !journal.isClosed }

        deinit { journal.dismiss() }

        /// No more is read: who waits for more is told that there is none.
        package func stop() {
            isStopped.store(true, ordering: .sequentiallyConsistent)
            journal.wake(token)
        }

        private var isEnded: Bool { Task.isCancelled || isStopped.load(ordering: .sequentiallyConsistent) }

        /// The next lines, for one task at a time; nil after the last there will be, and once it is stopped.
        ///
        /// - Throws: `CancellationError`: what has been read by then is no whole.
        package func next() async throws -> [UInt8]? {
            while !isStopped.load(ordering: .sequentiallyConsistent) {
                try Task.checkCancellation()
                let from = position.withLock { $0.offset }
                if let end, from >= end { return nil }
                guard await journal.grown(past: from, token, unless: { self.isEnded }) else {
                    try Task.checkCancellation()
                    return nil
                }
                let chunk = try await onBlockingThread { [journal] in try journal.lines(from: from) }
                let wanted = position.withLock { position -> ArraySlice<UInt8> in
                    position.offset += Int64(chunk.count)
                    return position.skip(in: chunk)
                }
                if !wanted.isEmpty { return Array(wanted) }
            }
            return nil
        }
    }
}
