import Model

/// Turns `wait` barriers into order-only parents.
///
/// Behind a plain barrier it is enough to wait for the stage before: its steps have passed only if they
/// themselves waited for everything earlier. A step tolerates the failure of all steps that a tolerant
/// barrier (`continue_on_failure`) separates it from, and waits for each of them, because a step of the stage
/// before may have been skipped while others still ran.
struct BarrierOrder {
    private var stages: [Stage] = []
    private var current: [StepKey] = []
    private var dependencies = 0

    private struct Stage {
        var keys: [StepKey]
        /// Whether a tolerant barrier stands between this stage and the current one.
        var isTolerated: Bool
    }

    /// How many pairs of steps barriers may separate: each is a dependency of its own in the graph.
    private static let mostDependencies = 250_000

    mutating func wait(evenIfFailed: Bool) {
        if !current.isEmpty {
            stages.append(Stage(keys: current, isTolerated: false))
            current = []
        }
        guard evenIfFailed else { return }
        for index in stages.indices { stages[index].isTolerated = true }
    }

    /// Makes `draft` wait for what the barriers before it say, and counts it into the current stage.
    mutating func append(_ draft: inout StepDraft, at step: DocumentCursor) throws(Failure) {
        var taken = Set(draft.specification.parents)
        for (index, stage) in stages.enumerated() where stage.isTolerated || index == stages.count - 1 {
            for key in stage.keys where taken.insert(key).inserted {
                draft.specification.orderOnly.append(.init(key: key, evenIfFailed: stage.isTolerated))
            }
        }
        dependencies += draft.specification.orderOnly.count
        guard dependencies <= BarrierOrder.mostDependencies else {
            throw step.failure(
                "the barriers make more than \(Self.mostDependencies) pairs of steps wait for each other",
                fix: "put fewer steps between barriers, or one step after each stage to build in")
        }
        current.append(draft.specification.key)
    }
}
