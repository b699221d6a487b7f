import Synchronization

/// Adds up bytes from several threads and tells of them now and then.
final class ProgressCounter: Sendable {
    private struct State {
        var bytes: Int64 = 0
        var reported: Int64 = 0
    }

    private let state = Mutex(State())
    private let stage: ImageProgress.Stage
    private let total: Int64?
    private let report: @Sendable (ImageProgress) -> Void

    /// Often enough for people, seldom enough for whoever writes it down.
    private static let step: Int64 = 4 << 20

    init(
        _ stage: ImageProgress.Stage, total: Int64?, report: @escaping @Sendable (ImageProgress) -> Void
    ) {
        self.stage = stage
        self.total = total
        self.report = report
    }

    func add(_ count: Int) { set { $0 + Int64(count) } }

    func set(_ bytes: Int64) { set { _ in bytes } }

    /// Tells of the end, whatever was told last.
    func finish() {
        let bytes = state.withLock { $0.bytes }
        report(ImageProgress(stage: stage, bytes: total ?? bytes, total: total ?? bytes))
    }

    private func set(_ change: (Int64) -> Int64) {
        let news = state.withLock { state -> Int64? in
            state.bytes = change(state.bytes)
            guard state.bytes - state.reported >= ProgressCounter.step else { return nil }
            state.reported = state.bytes
            return state.bytes
        }
        if let news { report(ImageProgress(stage: stage, bytes: news, total: total)) }
    }
}
