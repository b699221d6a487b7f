import Logging
import Model
import Sandbox

extension Engine {
    /// Writes an execution's output into a run's events, from its beginning to its end, as it comes.
    ///
    /// - Parameter told: what an earlier life of the daemon has told of it.
    func narrate(
        _ log: ExecutionLog, of step: StepKey, in run: LiveRun, after told: LogPosition = LogPosition()
    ) async {
        do {
            guard let reader = try await log.reader() else { return }
            try await LogNarration(reader: reader, mask: log.mask, told: told) { [self] lines in
                tell(run, lines.map { .stepLog(step: step, line: $0.line) })
            }.run()
        } catch is CancellationError {
            return
        } catch {
            logger.error("a step's log can't be read", metadata: ["run": "\(run.id)", "error": "\(error)"])
            tell(
                run,
                [.warning(code: "log-incomplete", detail: "the log of step \(step) can't be read: \(error)")])
        }
    }
}

/// Makes lines of a log as it grows, handing out what waits for its newline too long.
private actor LogNarration {
    private let reader: LogReader
    private var mask: SecretMask
    private let tell: @Sendable ([LineSplitter.Line]) -> Void
    private var told: LogPosition
    private var splitter = LineSplitter()
    private var timer: Task<Void, Never>?
    private var isTelling = false

    /// How many lines are told at once. A step that prints without end makes thousands of a single look at its log, and
    /// requests wait for a thread meanwhile.
    private static let most = 500

    init(
        reader: LogReader, mask: SecretMask, told: LogPosition,
        tell: @escaping @Sendable ([LineSplitter.Line]) -> Void
    ) {
        self.reader = reader
        self.mask = mask
        self.told = told
        self.tell = tell
    }

    func run() async throws {
        defer { timer?.cancel() }
        while let frames = try await reader.next() {
            await handOut(untoldLines(of: frames.map { mask.push($0) }))
            schedule()
        }
        await handOut(untoldLines(of: mask.finish()))
        await handOut(splitter.finish())
    }

    /// What of a frame was not told before; nil if all of it was.
    private func untold(_ frame: LogFrame) -> LogFrame? {
        let rest = told.rest(of: frame.bytes, on: frame.stream)
        return rest.isEmpty ? nil : LogFrame(stream: frame.stream, time: frame.time, bytes: rest)
    }

    /// - Parameter frames: with secrets hidden, before what was told is left out: one may lie across that place.
    private func untoldLines(of frames: [LogFrame]) -> [LineSplitter.Line] {
        frames.compactMap(untold).flatMap { splitter.push($0) }
    }

    private func handOut(_ lines: [LineSplitter.Line]) async {
        isTelling = true
        defer { isTelling = false }
        var rest = lines[...]
        while !rest.isEmpty {
            tell(Array(rest.prefix(Self.most)))
            rest = rest.dropFirst(Self.most)
            if !rest.isEmpty { await Task.yield() }
        }
    }

    /// Flushes at the deadline of what waits, unless more comes before.
    private func schedule() {
        timer?.cancel()
        guard let deadline = splitter.deadline else { return }
        timer = Task { [self] in
            guard (try? await Task.sleep(for: LineSplitter.patience.duration)) != nil else { return }
            await flush(at: deadline)
        }
    }

    private func flush(at deadline: Timestamp) async {
        // What waits comes behind what is being told; then there is another time.
        guard !isTelling else { return }
        await handOut(splitter.flush(at: deadline))
        schedule()
    }
}
