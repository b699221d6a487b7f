import Model

/// What is known of a run from the events so far.
struct RunProgress: Sendable {
    private(set) var run: String?
    private(set) var stepCount = 0
    private(set) var started: Timestamp?
    /// In the order in which they were first heard of.
    private(set) var order: [StepKey] = []
    private(set) var steps: [StepKey: StepProgress] = [:]
    private(set) var pulls: [ImagePull] = []
    private(set) var end: RunEnd?

    struct ImagePull: Hashable, Sendable {
        let image: String
        var bytes: Int64
        var total: Int64?
    }

    struct RunEnd: Hashable, Sendable {
        let status: RunStatus
        let exitCode: Int
        let milliseconds: Int64
        let executed: Int
        let cacheHits: Int
    }

    mutating func apply(_ event: Event) {
        switch event.kind {
        case .buildStart(let run, _, let stepCount):
            self.run = run
            self.stepCount = stepCount
            started = event.time
        case .stepQueued(let step, _):
            update(step) { _ in }
        case .stepCacheHit(let step, let snapshot, _):
            update(step) { $0.hit = snapshot }
        case .imagePull(let image, let bytes, let total):
            note(ImagePull(image: image, bytes: bytes, total: total))
        case .stepStart(let step, _, let reason):
            update(step) {
                $0.started = event.time
                $0.reason = reason
            }
        case .stepLog(let step, let line):
            update(step) { $0.tail.append(line) }
        case .stepEnd(let end):
            update(end.step) { $0.end = end }
            pulls.removeAll { $0.total == $0.bytes }
        case .stepVolume, .warning: break
        case .buildEnd(let status, let exitCode, let milliseconds, let executed, let cacheHits):
            end = RunEnd(
                status: status, exitCode: exitCode, milliseconds: milliseconds, executed: executed,
                cacheHits: cacheHits)
        }
    }

    /// Forgets what a step wrote, once it has been shown.
    mutating func forgetLog(of step: StepKey) { steps[step]?.tail = LogTail() }

    /// Those that have started and not ended, the oldest first.
    var running: [StepProgress] {
        order.compactMap { steps[$0] }.filter { $0.started != nil && $0.end == nil }
    }

    /// How those ended that made the run end badly, in the order in which they were first heard of.
    var blamed: [Event.StepEnd] {
        order.compactMap { steps[$0]?.end }.filter { end in
            switch end.status {
            case .failed, .timedOut, .error: true
            case .passed, .cacheHit, .skipped, .cancelled: false
            }
        }
    }

    var endedCount: Int { steps.values.count { $0.end != nil } }

    private mutating func update(_ step: StepKey, _ change: (inout StepProgress) -> Void) {
        if steps[step] == nil { order.append(step) }
        change(&steps[step, default: StepProgress(key: step)])
    }

    private mutating func note(_ pull: ImagePull) {
        if let index = pulls.firstIndex(where: { $0.image == pull.image }) {
            pulls[index] = pull
        } else {
            pulls.append(pull)
        }
    }
}

/// What is known of one step.
struct StepProgress: Hashable, Sendable {
    let key: StepKey
    /// The snapshot that stands in for it.
    var hit: String?
    var started: Timestamp?
    var reason: MissReason?
    var tail = LogTail()
    var end: Event.StepEnd?

    init(key: StepKey) {
        self.key = key
    }
}
