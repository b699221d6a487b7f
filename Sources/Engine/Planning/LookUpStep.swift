import Catalog
import Layers
import Model

extension Engine {
    /// What a look-up came to, with all that is needed to say why.
    struct Lookup: Sendable {
        let identity: StepIdentity
        let outcome: LookupRule.Outcome
        let nearest: CacheRecord?
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
        var candidates: [LookupRule.Candidate] = []
        for record in try await catalog.records(identity: identity.digest) {
            candidates.append(
                LookupRule.Candidate(record: record, damage: try await damage(of: record.snapshot)))
        }
        let outcome = LookupRule.choose(among: candidates, revision: revision, now: now())
        if case .hit = outcome { return Lookup(identity: identity, outcome: outcome, nearest: nil) }
        let nearest = try await catalog.nearestRecord(
            step: step, workspace: identity.workspace, scope: identity.scope)
        return Lookup(identity: identity, outcome: outcome, nearest: nearest)
    }

    /// What is wrong with a snapshot's own layers, in words; nil if nothing is.
    private func damage(of id: String) async throws(Failure) -> String? {
        guard let snapshot = try await catalog.snapshot(id) else {
            return "snapshot \(id) is not in the catalog"
        }
        let own = [snapshot.ownSystem, snapshot.ownDelta].compactMap { $0 }
        let entries = try await catalog.layerEntries(own)
        for layer in own {
            if try !layers.contains(layer) {
                return "layer \(layer) of snapshot \(id) is missing from the store"
            }
            if let entries = entries[layer], entries > 0, try layers.isHollow(layer) {
                return "layer \(layer) of snapshot \(id) was emptied"
            }
        }
        return nil
    }
}
