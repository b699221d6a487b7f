import Model
import Sandbox

/// Makes lines of a log as it grows, handing out what waits for its newline too long.
actor LogNarration {
    private let reader: LogReader
    private var mask: SecretMask
    private let tell: @Sendable ([LineSplitter.Line]) -> Void
    private var told: LogPosition
    private var splitter = LineSplitter()
    private var timer: Task<Void, Never>?
    private var isTelling = false
    /// How far the log has come to the splitter.
    private var position: Int64

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
        position = reader.offset
    }

    func run() async throws {
        defer { timer?.cancel() }
        while let frames = try await reader.next() {
            let lines = untoldLines(of: frames.map { mask.push($0) })
            position = reader.offset
            await handOut(lines)
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
    ///
    /// What counts is when it came into the log, however late that is read: no line is cut apart because this daemon was
    /// slow.
    private func schedule() {
        timer?.cancel()
        guard let deadline = splitter.deadline else { return }
        timer = Task { [self] in
            guard (try? await Task.sleep(for: LineSplitter.patience.duration)) != nil else { return }
            await flush(at: deadline)
        }
    }

    private func flush(at deadline: Timestamp) async {
        // What waits comes behind what is being told, or there is more of it to be read; then there is another time.
        guard !isTelling, !reader.hasMore(than: position) else { return }
        await handOut(splitter.flush(at: deadline))
        schedule()
    }
}
