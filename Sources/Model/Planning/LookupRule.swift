/// Decides whether a cached snapshot may stand in for a step, and says why not. Pure: values in, verdict out.
package enum LookupRule {
    /// Why one candidate of the right identity is no hit; nil if it is one.
    package enum Obstacle: Hashable, Sendable {
        case damaged(String)
        case expired(age: TimeSpan, limit: TimeSpan)
        /// Facts that do not hold; no more than `mostConflicts` are looked for.
        case conflict([Fact])
        /// Its delta is younger than the run's revision, and was made on another one: tools that compare
        /// times would take what it built for up to date.
        case builtOnAnotherRevision
    }

    package static let mostConflicts = 20

    /// A record found under the step's identity, and what is known of its snapshot.
    package struct Candidate: Sendable {
        package var record: CacheRecord
        /// Said of a snapshot whose layers are missing or altered.
        package var damage: String?

        package init(record: CacheRecord, damage: String? = nil) {
            self.record = record
            self.damage = damage
        }
    }

    package enum Outcome: Sendable {
        case hit(CacheRecord)
        /// The newest candidate first.
        case miss([(candidate: Candidate, obstacle: Obstacle)])
    }

    /// The newest candidate without an obstacle.
    ///
    /// - Parameter revision: nil for a step without a workspace.
    package static func choose(
        among candidates: [Candidate], revision: RevisionView?, now: Timestamp
    ) -> Outcome {
        var refused: [(candidate: Candidate, obstacle: Obstacle)] = []
        for candidate in candidates.sorted(by: { $0.record.committed > $1.record.committed }) {
            guard let obstacle = obstacle(of: candidate, revision: revision, now: now) else {
                return .hit(candidate.record)
            }
            refused.append((candidate, obstacle))
        }
        return .miss(refused)
    }

    package static func obstacle(
        of candidate: Candidate, revision: RevisionView?, now: Timestamp
    ) -> Obstacle? {
        let record = candidate.record
        if let damage = candidate.damage { return .damaged(damage) }
        if let life = record.identity.policy.shortestLife {
            let age = TimeSpan(milliseconds: (now.nanoseconds - record.committed.nanoseconds) / 1_000_000)
            let limit = TimeSpan(milliseconds: life * 1000)
            if age >= limit { return .expired(age: age, limit: limit) }
        }
        guard let revision else { return nil }
        let broken = record.facts.broken(in: revision.manifest, limit: mostConflicts)
        if !broken.isEmpty { return .conflict(broken) }
        if record.hasDelta, let made = record.ingest, made != revision.ingest,
            record.committed >= revision.ingested
        {
            return .builtOnAnotherRevision
        }
        return nil
    }
}
