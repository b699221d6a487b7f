import API
import Model

/// One line for everything that happens: a run without a terminal. Steps' output goes to standard output, the
/// rest to standard error.
struct PlainRunOutput: RunOutput {
    private var progress = RunProgress()
    private let view: RunView
    /// Nil where standard output is no terminal, and gets every byte as the step wrote it.
    private let style: Style?

    var exitStatus: Int32? { progress.end.map { Int32(truncatingIfNeeded: $0.exitCode) } }

    /// - Parameter style: how to write steps' output to a terminal; nil where there is none.
    init(style: Style?) {
        self.style = style
        view = RunView(style: .plain, width: 1000, keys: [])
    }

    mutating func receive(_ batch: [EventLine]) throws {
        var (logs, notes): ([UInt8], [UInt8]) = ([], [])
        for line in batch {
            guard let event = line.event else { continue }
            if case .stepLog(let step, let output) = event.kind {
                // Both streams keep their order to one another where they are one file.
                if !notes.isEmpty { try flush(&logs, &notes) }
                logs += Array("\(step): ".utf8) + shown(output.bytes)
                logs.append(UInt8(ascii: "\n"))
                continue
            }
            if !logs.isEmpty { try flush(&logs, &notes) }
            progress.apply(event)
            for text in lines(event.kind) { notes += Array((DisplayText.oneLine(text) + "\n").utf8) }
        }
        try flush(&logs, &notes)
    }

    mutating func tick() {}

    mutating func tell(_ text: String) throws { try StandardStream.error.writeLine(text) }

    private func shown(_ bytes: [UInt8]) -> [UInt8] {
        guard let style else { return bytes }
        return Array(DisplayText.safe(bytes, colors: style.hasColor).utf8)
    }

    private func flush(_ logs: inout [UInt8], _ notes: inout [UInt8]) throws {
        try StandardStream.output.write(logs)
        try StandardStream.error.write(notes)
        logs = []
        notes = []
    }

    private func lines(_ kind: Event.Kind) -> [String] {
        switch kind {
        case .buildStart(let run, _, let count): return ["run \(run): \(HumanText.count(count, "step"))"]
        case .stepQueued, .stepLog: return []
        case .stepCacheHit(let step, let snapshot, _): return ["\(step): hit (snapshot \(snapshot))"]
        case .imagePull(let image, let bytes, let total):
            guard bytes == 0 || bytes == total else { return [] }
            return ["pulling \(image)" + (bytes == 0 ? "" : ": \(ByteSize(bytes: bytes))")]
        case .stepStart(let step, _, let reason):
            return [
                "\(step): started (\(HumanText.words(reason)))"
            ]
        case .stepEnd(let end):
            if end.status == .cacheHit { return [] }
            let time =
                end.status == .skipped ? "" : " in \(HumanText.duration(milliseconds: end.milliseconds))"
            let fix = end.status == .error ? end.error.map { ["  fix: \($0.fix)"] } ?? [] : []
            return ["\(end.step): \(HumanText.outcome(end))\(time)"] + fix
        case .stepVolume(let volume):
            return ["\(volume.step): volume \(volume.volume) \(volume.action.rawValue) (\(volume.detail))"]
        case .warning(let code, let detail): return ["warning[\(code)]: \(detail)"]
        case .buildEnd: return view.summary(progress)
        }
    }
}
