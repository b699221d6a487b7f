/// Which steps of a run may start, are running, and have ended. Pure: told what ended, it says what starts
/// and what is skipped.
///
/// A step starts when every step it waits for has ended well, or has ended at all where it is waited for
/// `evenIfFailed`. After a failure nothing new starts, unless the run keeps going; steps behind a failed one
/// are skipped in any case, and steps that wait for the failed one `evenIfFailed` are not.
package struct RunSchedule: Sendable {
    private let pipeline: Pipeline
    private let selected: Set<StepKey>
    private let keepsGoing: Bool
    private let jobs: Int
    private var waiting: [StepKey]
    private var running: Set<StepKey> = []
    private var ended: [StepKey: StepStatus] = [:]
    /// In the order in which they failed.
    private var failures: [StepKey] = []
    /// For each skipped step, the failed one that is the root of it.
    private var blame: [StepKey: StepKey] = [:]
    private var isStopped = false

    /// - Parameters:
    ///   - targets: the steps wanted, with all they wait for; empty for all.
    ///   - jobs: how many run at once, at least 1.
    package init(pipeline: Pipeline, targets: Set<StepKey>, keepsGoing: Bool, jobs: Int) {
        self.pipeline = pipeline
        self.keepsGoing = keepsGoing
        self.jobs = max(1, jobs)
        selected = targets.isEmpty ? Set(pipeline.steps.map(\.key)) : pipeline.needed(for: targets)
        waiting = pipeline.steps.map(\.key).filter(selected.contains)
    }

    /// A step that will not run, and the failed step that is the root of it; nil when the run was stopped.
    package struct Skip: Sendable, Hashable {
        package let step: StepKey
        package let because: StepKey?

        package init(step: StepKey, because: StepKey?) {
            self.step = step
            self.because = because
        }
    }

    /// What to do next.
    package struct Advance: Sendable, Hashable {
        package var start: [StepKey] = []
        package var skip: [Skip] = []

        package init() {}
    }

    package var isFinished: Bool { waiting.isEmpty && running.isEmpty }

    package func isRunning(_ key: StepKey) -> Bool { running.contains(key) }

    package var statuses: [StepKey: StepStatus] { ended }

    /// Steps in the order of the pipeline that take part.
    package var steps: [StepKey] { pipeline.steps.map(\.key).filter(selected.contains) }

    /// Moves every step that can start to running and every one that never will to skipped, and names them.
    package mutating func advance() -> Advance {
        var advance = Advance()
        var blocked: [StepKey] = []
        for key in waiting {
            guard let step = pipeline[key] else { continue }
            if isStopped {
                skip(key, because: nil, &advance)
            } else if let culprit = culprit(for: step) {
                skip(key, because: culprit, &advance)
            } else if running.count < jobs, step.parents.allSatisfy({ ended[$0] != nil }) {
                running.insert(key)
                advance.start.append(key)
            } else {
                blocked.append(key)
            }
        }
        waiting = blocked
        return advance
    }

    package mutating func end(_ key: StepKey, _ status: StepStatus) {
        running.remove(key)
        ended[key] = status
        if !status.isSuccess { failures.append(key) }
    }

    /// Goes on where an earlier schedule of the same run was: these steps have ended, in this order, and these are
    /// running. To be asked before anything else.
    package mutating func resume(ended earlier: [(StepKey, StepStatus)], running underWay: Set<StepKey>) {
        for (key, status) in earlier {
            if status == .skipped, let step = pipeline[key], let culprit = culprit(for: step) {
                blame[key] = culprit
            }
            ended[key] = status
            if !status.isSuccess, status != .skipped { failures.append(key) }
        }
        running = underWay.intersection(selected).subtracting(ended.keys)
        waiting.removeAll { ended[$0] != nil || running.contains($0) }
    }

    /// Nothing starts any more: the run was cancelled or timed out.
    package mutating func stop() { isStopped = true }

    private mutating func skip(_ key: StepKey, because culprit: StepKey?, _ advance: inout Advance) {
        ended[key] = .skipped
        if let culprit { blame[key] = culprit }
        advance.skip.append(Skip(step: key, because: culprit))
    }

    /// The failed step because of which `step` can never start; nil while it may.
    private func culprit(for step: StepSpecification) -> StepKey? {
        let tolerated = Set(step.orderOnly.filter(\.evenIfFailed).map(\.key))
        for parent in step.parents where !tolerated.contains(parent) {
            if let status = ended[parent], !status.isSuccess { return blame[parent] ?? parent }
        }
        // A step behind `continue_on_failure` runs whatever the ones before it did.
        return keepsGoing ? nil : failures.first { !tolerated.contains($0) }
    }
}

extension StepStatus {
    /// Whether steps that build on this one or wait for it may go on.
    package var isSuccess: Bool {
        switch self {
        case .passed, .cacheHit: true
        case .failed, .skipped, .cancelled, .timedOut, .error: false
        }
    }
}
