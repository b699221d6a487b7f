import Catalog
import Layers
import Model

extension Engine {
    /// What a look-up came to, with all that is needed to say why.
    struct Lookup: Sendable {
        let identity: StepIdentity
        let outcome: LookupRule.Outcome
        /// Of the snapshot that is a hit.
        var sighting: Sighting?
        var nearest: CacheRecord?

        var isHit: Bool {
            if case .hit = outcome { true } else { false }
        }
    }

    /// Finds the snapshot that may stand in for the step, or why there is none. Reads the catalog and a
    /// directory entry per layer.
    func lookUp(
        _ step: StepSpecification, identity: StepIdentity, in run: FrozenRun
    ) async throws(Failure) -> Lookup {
        try await lookUp(identity, step: step.key, revision: run.revision(for: step))
    }

    /// - Parameter revision: nil for a step without a workspace.
    func lookUp(
        _ identity: StepIdentity, step: StepKey, revision: RevisionView?
    ) async throws(Failure) -> Lookup {
        var cached = try await catalog.cachedSnapshots(of: identity)
        var lookup = try lookup(among: cached, of: identity, revision)
        var seen = cached.count
        // Of earlier states of the source there may be any number. Why the newest is none is what a miss is explained by.
        while !lookup.isHit, cached.count == Catalog.cachedAtOnce, seen < Self.mostCandidates {
            cached = try await catalog.cachedSnapshots(of: identity, skipping: seen)
            seen += cached.count
            let older = try self.lookup(among: cached, of: identity, revision)
            if older.isHit { lookup = older }
        }
        if !lookup.isHit {
            lookup.nearest = try await catalog.nearestCacheRecord(
                step: step, workspace: identity.workspace, scope: identity.scope, to: identity)
        }
        return lookup
    }

    private static let mostCandidates = 10_000

    private func lookup(
        among cached: [CachedSnapshot], of identity: StepIdentity, _ revision: RevisionView?
    ) throws(Failure) -> Lookup {
        var candidates: [LookupRule.Candidate] = []
        for snapshot in cached {
            candidates.append(
                LookupRule.Candidate(record: snapshot.record, damage: try damage(of: snapshot)))
        }
        var lookup = Lookup(
            identity: identity,
            outcome: LookupRule.choose(among: candidates, revision: revision, now: now()))
        if case .hit(let record) = lookup.outcome {
            lookup.sighting = cached.first { $0.record.snapshot == record.snapshot }?.sighting
        }
        return lookup
    }

    /// What is wrong with a snapshot's own layers, in words; nil if nothing is.
    private func damage(of cached: CachedSnapshot) throws(Failure) -> String? {
        let id = cached.record.snapshot
        guard let sighting = cached.sighting else { return "snapshot \(id) is not in the catalog" }
        for layer in [sighting.snapshot.ownSystem, sighting.snapshot.ownDelta].compactMap({ $0 }) {
            if try !layers.contains(layer) {
                return "layer \(layer) of snapshot \(id) is missing from the store"
            }
            if let entries = sighting.entries[layer], entries > 0, try layers.isHollow(layer) {
                return "layer \(layer) of snapshot \(id) was emptied"
            }
        }
        return nil
    }
}
