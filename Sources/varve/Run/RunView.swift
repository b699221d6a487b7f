import Model

/// A run in lines of text: pure functions of what is known of it.
struct RunView: Sendable {
    let style: Style
    /// Columns that no line exceeds.
    let width: Int
    /// Columns of the widest step key that is shown in full.
    let keyWidth: Int
    /// Lines that say at the end which steps went wrong.
    private static let mostBlamed = 10

    init(style: Style, width: Int, keys: [StepKey]) {
        self.style = style
        self.width = max(20, width)
        let widest = keys.map { DisplayText.width($0.text) }.max() ?? 8
        keyWidth = min(widest, max(4, self.width / 3))
    }

    /// The line or lines that stay of a step that has ended.
    func lines(ended step: StepProgress) -> [String] {
        guard let end = step.end else { return [] }
        let row = row(mark(of: end.status), step.key, duration(of: end), note(on: step, end))
        guard end.status == .error, let error = end.error, !error.fix.isEmpty else { return [row] }
        return [row, indent + cut("fix: \(error.fix)", used: indent.count)]
    }

    /// What a step wrote last, below its line; the log as a whole stays with the daemon.
    func lines(log tail: LogTail, of step: StepKey, run: String?) -> [String] {
        var lines: [String] = []
        if tail.dropped > 0 {
            let rest = HumanText.count(tail.dropped, "earlier line")
            let command = "varve logs \(run ?? "RUN") \(HumanText.argument(step.text))"
            lines.append("   " + style.dim(cut("\(rest): \(command)", used: 3)))
        }
        return lines
            + tail.lines.map { "   \(style.bar) " + DisplayText.safe($0.bytes, colors: style.hasColor) }
    }

    /// One line for a few hits each, one or two for many.
    func lines(hits: [StepProgress]) -> [String] {
        if hits.count <= 3 { return hits.flatMap { lines(ended: $0) } }
        let count = HumanText.count(hits.count, "hit")
        let names = DisplayText.wrap(hits.map(\.key.text), columns: width - 5 - count.count, lines: 2)
        return names.enumerated().map { index, text in
            index == 0
                ? " \(style.done) \(count)  \(style.dim(text))"
                : String(repeating: " ", count: 5 + count.count) + style.dim(text)
        }
    }

    /// What is going on now, in at most `height` lines.
    func live(_ progress: RunProgress, now: Timestamp, height: Int) -> [String] {
        var lines: [String] = []
        let running = progress.running
        let room = max(1, height - 1 - progress.pulls.count)
        let shown = running.count <= room ? running.count : max(0, room - 1)
        for pull in progress.pulls { lines.append(line(of: pull)) }
        for step in running.prefix(shown) {
            let elapsed = step.started.map {
                HumanText.elapsed(milliseconds: (now.nanoseconds - $0.nanoseconds) / 1_000_000)
            }
            lines.append(row(style.running, step.key, elapsed ?? "", step.reason.map(HumanText.brief) ?? ""))
        }
        if shown < running.count {
            lines.append("   " + style.dim("and \(running.count - shown) more running"))
        }
        lines.append(status(progress, running: running.count, now: now))
        return Array(lines.suffix(max(1, height)))
    }

    /// The last lines: how the run ended, which steps are to blame, and where to look on.
    func summary(_ progress: RunProgress) -> [String] {
        guard let end = progress.end else { return [] }
        let counts = "\(end.executed) run, \(HumanText.count(end.cacheHits, "hit"))"
        let time = HumanText.duration(milliseconds: end.milliseconds)
        let head = "\(style.bold(dress(end.status))) in \(time), \(counts)"
        guard end.status != .passed, let run = progress.run else { return [head] }
        let blamed = progress.blamed
        let step = blamed.count == 1 ? blamed[0].step.text : "STEP"
        var commands = ["whole logs: varve logs \(run) \(HumanText.argument(step))"]
        // What any other left is gone.
        if blamed.contains(where: { $0.status == .failed }) {
            commands.append("look inside: varve shell \(HumanText.argument("\(run)/\(step)"))")
        }
        return [head] + lines(blamed: blamed) + commands.map { style.dim(cut($0, used: 0)) }
    }

    /// Their own lines may be far above by now.
    private func lines(blamed: [Event.StepEnd]) -> [String] {
        let shown = blamed.count <= RunView.mostBlamed ? blamed.count : RunView.mostBlamed - 1
        var lines = blamed.prefix(shown).map { end in
            " \(style.failed) " + cut("\(end.step): \(HumanText.outcome(end))", used: 3)
        }
        if shown < blamed.count { lines.append(style.dim("   and \(blamed.count - shown) more")) }
        return lines
    }

    private func dress(_ status: RunStatus) -> String {
        switch status {
        case .passed: style.green("passed")
        case .failed: style.red("failed")
        case .error: style.red("error")
        case .timedOut: style.red("timed out")
        case .cancelled: style.yellow("cancelled")
        case .queued, .running: status.rawValue
        }
    }

    private func row(_ mark: String, _ key: StepKey, _ duration: String, _ note: String) -> String {
        let name = DisplayText.pad(
            DisplayText.fit(key.text, keyWidth, ellipsis: style.ellipsis), keyWidth)
        let time = DisplayText.padLeft(duration, 7)
        return " \(mark) \(name) \(time)  \(style.dim(cut(note, used: keyWidth + 13)))"
    }

    /// As wide as a row before its note.
    private var indent: String { String(repeating: " ", count: keyWidth + 13) }

    /// `text`, whatever it holds, as one line in what is left of the width.
    private func cut(_ text: String, used: Int) -> String {
        DisplayText.fit(DisplayText.oneLine(text), max(0, width - used), ellipsis: style.ellipsis)
    }

    private func mark(of status: StepStatus) -> String {
        switch status {
        case .passed, .cacheHit: style.done
        case .failed, .error, .timedOut: style.failed
        case .skipped, .cancelled: style.left
        }
    }

    private func duration(of end: Event.StepEnd) -> String {
        switch end.status {
        case .cacheHit: "hit"
        case .skipped: ""
        case .passed, .failed, .cancelled, .timedOut, .error:
            HumanText.duration(milliseconds: end.milliseconds)
        }
    }

    private func note(on step: StepProgress, _ end: Event.StepEnd) -> String {
        switch end.status {
        case .passed: step.reason.map(HumanText.brief) ?? ""
        case .cacheHit: ""
        case .failed, .error, .timedOut, .skipped, .cancelled: HumanText.outcome(end)
        }
    }

    private func line(of pull: RunProgress.ImagePull) -> String {
        let amount =
            pull.total.map { "\(ByteSize(bytes: pull.bytes)) of \(ByteSize(bytes: $0))" }
            ?? "\(ByteSize(bytes: pull.bytes))"
        return " \(style.running) \(style.dim(cut("pulling \(pull.image): \(amount)", used: 3)))"
    }

    private func status(_ progress: RunProgress, running: Int, now: Timestamp) -> String {
        let waiting = max(0, progress.stepCount - progress.endedCount - running)
        var parts = ["\(progress.endedCount) of \(progress.stepCount) done"]
        if running > 0 { parts.append("\(running) running") }
        if waiting > 0 { parts.append("\(waiting) waiting") }
        if let started = progress.started {
            parts.append(
                HumanText.elapsed(milliseconds: (now.nanoseconds - started.nanoseconds) / 1_000_000))
        }
        return "   " + style.dim(cut(parts.joined(separator: ", "), used: 3))
    }
}
