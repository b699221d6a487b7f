package import Model

extension Wire {
    /// Whether one step would be a hit, and if not, why.
    package struct PlanStep: Codable, Hashable, Sendable {
        package var step: StepKey
        /// Nil below a step that would be executed: it is not known yet.
        package var identity: Digest?
        package var cache: Verdict
        /// Nil for a hit.
        package var reason: MissReason?
        /// Nil for a miss.
        package var snapshot: String?
        /// The step whose file system it stands on.
        package var parent: StepKey?

        package init(
            step: StepKey, identity: Digest? = nil, cache: Verdict, reason: MissReason? = nil,
            snapshot: String? = nil, parent: StepKey? = nil
        ) {
            self.step = step
            self.identity = identity
            self.cache = cache
            self.reason = reason
            self.snapshot = snapshot
            self.parent = parent
        }

        private enum CodingKeys: String, CodingKey {
            case step, identity, cache, reason, snapshot, parent
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(step, forKey: .step)
            try container.encode(identity, forKey: .identity)
            try container.encode(cache, forKey: .cache)
            try container.encode(reason, forKey: .reason)
            try container.encode(snapshot, forKey: .snapshot)
            try container.encode(parent, forKey: .parent)
        }
    }
}

extension Wire.PlanStep {
    package enum Verdict: String, Codable, Hashable, Sendable { case hit, miss }
}
