/// One way in which a snapshot may be found: an identity, the facts under which it holds, and when that was
/// established.
///
/// A snapshot can have several, for instance after a step was executed again with an equal result.
package struct CacheRecord: Hashable, Sendable {
    package var snapshot: String
    package var step: StepKey
    package var identity: StepIdentity
    package var facts: FactSet
    /// When the step was committed; `ttl` and "newest" count from it.
    package var committed: Timestamp
    /// The number of the ingest the step ran on; nil for a step without a workspace.
    package var ingest: Int64?
    /// Whether the snapshot has a workspace delta that is not empty.
    package var hasDelta: Bool

    package init(
        snapshot: String, step: StepKey, identity: StepIdentity, facts: FactSet, committed: Timestamp,
        ingest: Int64?, hasDelta: Bool
    ) {
        self.snapshot = snapshot
        self.step = step
        self.identity = identity
        self.facts = facts
        self.committed = committed
        self.ingest = ingest
        self.hasDelta = hasDelta
    }
}
