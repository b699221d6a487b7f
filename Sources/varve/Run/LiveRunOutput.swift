import API
import Linux
import Model

/// A run on a terminal: what has ended scrolls up, what is going on is redrawn below it. Logs are shown of
/// what fails, or of everything as it comes.
struct LiveRunOutput: RunOutput {
    private let style: Style
    private let keys: [StepKey]
    private let showsLogs: Bool
    private var progress = RunProgress()
    private var region = LiveRegion()
    /// Hits not shown yet: many in a row become one line.
    private var hits: [StepProgress] = []

    var exitStatus: Int32? { progress.end.map { Int32(truncatingIfNeeded: $0.exitCode) } }

    init(style: Style, keys: [StepKey], showsLogs: Bool) {
        self.style = style
        self.keys = keys
        self.showsLogs = showsLogs
    }

    mutating func receive(_ batch: [EventLine]) throws {
        let view = view
        var lines: [String] = []
        for line in batch {
            guard let event = line.event else { continue }
            progress.apply(event)
            lines += settle(event, view)
        }
        try show(lines, view)
    }

    mutating func tick() throws {
        let view = view
        try show(flushedHits(view), view)
    }

    mutating func tell(_ text: String) throws {
        let view = view
        try show(flushedHits(view) + [text], view)
    }

    private var view: RunView {
        RunView(style: style, width: StandardStream.error.size.columns - 1, keys: keys)
    }

    /// The lines that `event` leaves for good.
    private mutating func settle(_ event: Event, _ view: RunView) -> [String] {
        switch event.kind {
        case .buildStart, .stepQueued, .stepCacheHit, .imagePull, .stepStart: return []
        case .stepLog(let step, let line):
            guard showsLogs else { return [] }
            progress.forgetLog(of: step)
            return flushedHits(view) + [
                "\(style.cyan(step.text)) \(style.bar) "
                    + DisplayText.safe(line.bytes, colors: style.hasColor)
            ]
        case .stepEnd(let end):
            guard let step = progress.steps[end.step] else { return [] }
            if end.status == .cacheHit {
                hits.append(step)
                return []
            }
            defer { progress.forgetLog(of: end.step) }
            let log =
                showsLogs || end.status == .passed || end.status == .skipped
                ? [] : view.lines(log: step.tail, of: end.step, run: progress.run)
            return flushedHits(view) + view.lines(ended: step) + log
        case .stepVolume: return []
        case .warning(let code, let detail):
            return flushedHits(view) + [" \(style.warning) " + DisplayText.oneLine("\(code): \(detail)")]
        case .buildEnd: return flushedHits(view) + view.summary(progress)
        }
    }

    private mutating func flushedHits(_ view: RunView) -> [String] {
        defer { hits = [] }
        return view.lines(hits: hits)
    }

    /// Writes `lines` above the live region, and the region anew.
    private mutating func show(_ lines: [String], _ view: RunView) throws {
        var text = ""
        if !lines.isEmpty || progress.end != nil {
            text += region.erase()
            for line in lines { text += line + "\n" }
        }
        if progress.end == nil {
            let now = Timestamp(nanoseconds: SystemClock.realtime)
            let height = max(3, min(StandardStream.error.size.rows / 2, 16))
            text += region.draw(view.live(progress, now: now, height: height))
        }
        if !text.isEmpty { try StandardStream.error.write(text) }
    }
}
