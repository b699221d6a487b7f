package import Model

extension Wire {
    /// One step against the nearest cached snapshot: the answer of `POST /v1/explanations`.
    package struct Explanation: Codable, Hashable, Sendable {
        package var step: StepKey
        /// Nil below a step that would be executed.
        package var identity: Digest?
        package var cache: PlanStep.Verdict
        /// Nil for a hit.
        package var reason: MissReason?
        /// Nil for a miss.
        package var snapshot: String?
        /// The snapshot it is compared with: the hit, else the newest of this step; nil if there is none.
        package var nearest: Nearest?
        /// Of the identity; those that differ first, then in the identity's order.
        package var fields: [Field]
        /// Of the nearest snapshot; those that do not hold first.
        package var facts: [Fact]

        package init(
            step: StepKey, identity: Digest? = nil, cache: PlanStep.Verdict, reason: MissReason? = nil,
            snapshot: String? = nil, nearest: Nearest? = nil, fields: [Field], facts: [Fact]
        ) {
            self.step = step
            self.identity = identity
            self.cache = cache
            self.reason = reason
            self.snapshot = snapshot
            self.nearest = nearest
            self.fields = fields
            self.facts = facts
        }

        private enum CodingKeys: String, CodingKey {
            case step, identity, cache, reason, snapshot, nearest, fields, facts
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(step, forKey: .step)
            try container.encode(identity, forKey: .identity)
            try container.encode(cache, forKey: .cache)
            try container.encode(reason, forKey: .reason)
            try container.encode(snapshot, forKey: .snapshot)
            try container.encode(nearest, forKey: .nearest)
            try container.encode(fields, forKey: .fields)
            try container.encode(facts, forKey: .facts)
        }
    }
}

extension Wire.Explanation {
    /// The snapshot a step is compared with.
    package struct Nearest: Codable, Hashable, Sendable {
        package var snapshot: String
        package var identity: Digest
        package var run: String
        package var createdAt: Wire.Time

        package init(snapshot: String, identity: Digest, run: String, createdAt: Wire.Time) {
            self.snapshot = snapshot
            self.identity = identity
            self.run = run
            self.createdAt = createdAt
        }

        private enum CodingKeys: String, CodingKey {
            case snapshot, identity, run
            case createdAt = "created_at"
        }
    }

    /// One declared property, now and when the snapshot was made. Environment values are keyed hashes.
    package struct Field: Codable, Hashable, Sendable {
        package var name: String
        package var changed: Bool
        /// Nil where the property is absent, or not known yet.
        package var now: String?
        package var before: String?

        package init(name: String, changed: Bool, now: String?, before: String?) {
            self.name = name
            self.changed = changed
            self.now = now
            self.before = before
        }
    }

    /// Something the source had when the snapshot was made, and whether it still has it.
    package struct Fact: Codable, Hashable, Sendable {
        package var fact: Wire.Fact
        package var holds: Bool
        /// What is at the path in the run's revision, as text; nil for nothing.
        package var now: String?

        package init(fact: Wire.Fact, holds: Bool, now: String?) {
            self.fact = fact
            self.holds = holds
            self.now = now
        }
    }
}
