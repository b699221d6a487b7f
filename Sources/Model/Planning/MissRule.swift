/// Says why a step is no hit: the first reason that applies, in the fixed order of `MissReason.Code`.
package enum MissRule {
    /// What is known of a step that is not a hit.
    package struct Circumstances: Sendable {
        package var policy: CachePolicy
        package var noCacheRequested = false
        /// The image's name, if it is not in the store (planning only; a run pulls it).
        package var absentImage: String?
        /// The parent, if it is executed in this run.
        package var executedParent: StepKey?
        /// Snapshots of the right identity that were refused, newest first.
        package var refused: [(candidate: LookupRule.Candidate, obstacle: LookupRule.Obstacle)] = []
        /// The newest record of this step of this workspace under any identity.
        package var nearest: CacheRecord?
        /// Nil below a step that is executed: it is not known yet.
        package var identity: StepIdentity?

        package init(policy: CachePolicy) { self.policy = policy }
    }

    package static func reason(for circumstances: Circumstances) -> MissReason {
        if !circumstances.policy.mayHit { return MissReason(.policyNone, "the step's cache policy is none") }
        if circumstances.noCacheRequested { return MissReason(.noCacheRequested, "asked for without cache") }
        if let image = circumstances.absentImage {
            return MissReason(.imageAbsent, "image \(image) is not in the store")
        }
        if let parent = circumstances.executedParent {
            return MissReason(.parentExecuted, "its parent \(parent) is executed in this run")
        }
        if circumstances.refused.isEmpty && circumstances.nearest == nil {
            return MissReason(.firstRun, "no snapshot of this step exists")
        }
        return worst(circumstances.refused) ?? identityChanged(circumstances)
    }

    /// The obstacle whose reason comes first in the order, of the newest candidate that has it.
    private static func worst(
        _ refused: [(candidate: LookupRule.Candidate, obstacle: LookupRule.Obstacle)]
    ) -> MissReason? {
        refused.map { reason(of: $0.obstacle, to: $0.candidate.record.snapshot) }.enumerated()
            .min { ($0.element.code, $0.offset) < ($1.element.code, $1.offset) }?.element
    }

    private static func reason(of obstacle: LookupRule.Obstacle, to snapshot: String) -> MissReason {
        switch obstacle {
        case .damaged(let what): MissReason(.snapshotDamaged, what)
        case .expired(let age, let limit):
            MissReason(.expired, "snapshot \(snapshot) is \(age.rounded) old, its policy allows \(limit)")
        case .conflict(let facts):
            MissReason(.workspaceConflict, "changed in the workspace: " + paths(of: facts))
        case .builtOnAnotherRevision:
            MissReason(
                .workspaceConflict,
                "its workspace changes were made on another revision after this one had been taken in")
        }
    }

    private static func identityChanged(_ circumstances: Circumstances) -> MissReason {
        guard let identity = circumstances.identity, let nearest = circumstances.nearest else {
            return MissReason(.firstRun, "no snapshot of this step exists")
        }
        let fields = identity.differences(from: nearest.identity).map(\.field)
        return MissReason(.identityChanged, "changed: " + list(fields))
    }

    /// The first paths of those facts that don't hold, at most `LookupRule.mostConflicts`, and how many more there are.
    package static func paths(of conflict: [Fact]) -> String {
        list(conflict.map(\.path.description), isWhole: conflict.count < LookupRule.mostConflicts)
    }

    /// - Parameter isWhole: whether there is nothing beyond `items`.
    private static func list(_ items: [String], isWhole: Bool = true) -> String {
        let shown = items.prefix(5).joined(separator: ", ")
        guard items.count > 5 else { return shown }
        return "\(shown) and \(isWhole ? "" : "at least ")\(items.count - 5) more"
    }
}

extension TimeSpan {
    /// To the second, for people.
    fileprivate var rounded: TimeSpan { TimeSpan(milliseconds: milliseconds / 1000 * 1000) }
}
