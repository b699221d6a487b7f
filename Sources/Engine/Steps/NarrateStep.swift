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
            handOut(frames)
            schedule()
        }
        handOut(mask.finish(), isMasked: true)
        handOut(splitter.finish())
    }

    /// What of a frame was not told before; nil if all of it was.
    private func untold(_ frame: LogFrame) -> LogFrame? {
        let rest = told.rest(of: frame.bytes, on: frame.stream)
        return rest.isEmpty ? nil : LogFrame(stream: frame.stream, time: frame.time, bytes: rest)
    }

    /// Secrets are hidden before what was told is left out: one may lie across that place.
    private func handOut(_ frames: [LogFrame], isMasked: Bool = false) {
        handOut(
            frames.map { isMasked ? $0 : mask.push($0) }.compactMap(untold).flatMap { splitter.push($0) })
    }

    private func handOut(_ lines: [LineSplitter.Line]) {
        if !lines.isEmpty { tell(lines) }
    }

    /// Flushes at the deadline of what waits, unless more comes before.
    private func schedule() {
        timer?.cancel()
        guard let deadline = splitter.deadline else { return }
        timer = Task { [self] in
            guard (try? await Task.sleep(for: LineSplitter.patience.duration)) != nil else { return }
            handOut(splitter.flush(at: deadline))
            schedule()
        }
    }
}
