import Model
import Sandbox
import Synchronization

/// Makes lines of a log as it grows, handing out what waits for its newline too long.
final class LogNarration: Sendable {
    private let reader: LogReader
    private let tell: @Sendable ([LineSplitter.Line]) -> Void
    private let state: Mutex<State>
    private let timer = Mutex<Task<Void, Never>?>(nil)

    /// Locked while lines are told, which keeps them in order.
    private struct State {
        var mask: SecretMask
        var told: LogPosition
        var splitter = LineSplitter()
        /// How far the log has come to the splitter.
        var position: Int64

        /// - Parameter frames: with secrets hidden, before what was told is left out: one may lie across that place.
        mutating func untoldLines(of frames: [LogFrame]) -> [LineSplitter.Line] {
            frames.compactMap { untold($0) }.flatMap { splitter.push($0) }
        }

        /// What of a frame was not told before; nil if all of it was.
        private mutating func untold(_ frame: LogFrame) -> LogFrame? {
            let rest = told.rest(of: frame.bytes, on: frame.stream)
            return rest.isEmpty ? nil : LogFrame(stream: frame.stream, time: frame.time, bytes: rest)
        }
    }

    /// How many lines are told at once: the run's journal is closed to its readers meanwhile, and a step that prints without
    /// end makes thousands of a single look at its log.
    private static let most = 500

    init(
        reader: LogReader, mask: SecretMask, told: LogPosition,
        tell: @escaping @Sendable ([LineSplitter.Line]) -> Void
    ) {
        self.reader = reader
        self.tell = tell
        state = Mutex(State(mask: mask, told: told, position: reader.offset))
    }

    func run() async throws {
        defer { schedule(nil) }
        while let frames = try await reader.next() {
            let deadline = state.withLock { state in
                let masked = frames.map { state.mask.push($0) }
                state.position = reader.offset
                handOut(state.untoldLines(of: masked))
                return state.splitter.deadline
            }
            schedule(deadline)
            // A step that prints without end leaves the thread to others now and then.
            await Task.yield()
        }
        state.withLock { state in
            handOut(state.untoldLines(of: state.mask.finish()))
            handOut(state.splitter.finish())
        }
    }

    private func handOut(_ lines: [LineSplitter.Line]) {
        var rest = lines[...]
        while !rest.isEmpty {
            tell(Array(rest.prefix(Self.most)))
            rest = rest.dropFirst(Self.most)
        }
    }

    /// Flushes at the deadline of what waits, unless more comes before.
    ///
    /// What counts is when it came into the log, however late that is read: no line is cut apart because this daemon was
    /// slow.
    private func schedule(_ deadline: Timestamp?) {
        timer.withLock { timer in
            timer?.cancel()
            timer = deadline.map { deadline in
                Task { [self] in
                    guard (try? await Task.sleep(for: LineSplitter.patience.duration)) != nil else { return }
                    flush(at: deadline)
                }
            }
        }
    }

    private func flush(at deadline: Timestamp) {
        // What waits comes behind what is being told, or there is more of it to be read; then there is another time.
        let next: Timestamp?? = state.withLockIfAvailable { state in
            guard !reader.hasMore(than: state.position) else { return nil }
            handOut(state.splitter.flush(at: deadline))
            return state.splitter.deadline
        }
        if let next, let next { schedule(next) }
    }
}
