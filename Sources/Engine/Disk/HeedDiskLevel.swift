import Linux
import Logging
import Model

extension Engine {
    /// A change of the disk's level.
    func heed(_ state: DiskState, _ before: DiskState.Level?) async {
        let words: Logger.Message = "\(state.words)"
        let metadata: Logger.Metadata = [
            "level": "\(state.level.word)", "before": "\(before?.word ?? "none")",
        ]
        switch state.level {
        case .normal where before == nil: break
        case .normal: logger.notice(words, metadata: metadata)
        case .warning, .high: logger.warning(words, metadata: metadata)
        case .reserve, .exhausted: logger.error(words, metadata: metadata)
        }
        if state.level >= .warning, before.map({ $0 < state.level }) ?? true {
            for run in liveRuns.all { tell(run, [state.warning]) }
        }
        if state.level >= .high { upkeep.request() }
        if state.level < .reserve { try? await onBlockingThread { [store] in store.ballast.restore() } }
    }
}

extension DiskState {
    /// What runs say of it.
    var warning: Event.Kind { .warning(code: "disk-space", detail: "\(words) (\(level.word))") }
}
