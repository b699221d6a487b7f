import Catalog
package import Model

/// Why a step is or is not a hit, against the nearest snapshot there is.
package struct StepExplanation: Sendable, Hashable {
    package var planned: PlannedStep
    /// Nil below a step that would run.
    package var identity: StepIdentity?
    /// What makes the step a hit, else the newest snapshot under the same identity, else of the same step.
    package var nearest: CacheRecord?
    /// The run, or the lease, that made it; nil where it has been removed meanwhile.
    package var nearestMaker: String?
    package var differences: [StepIdentity.Difference]
    /// The nearest snapshot's facts, those that do not hold first.
    package var facts: [CheckedFact]

    package struct CheckedFact: Sendable, Hashable {
        package var fact: Fact
        package var holds: Bool
        /// What is at the fact's path in the run's revision; nil for nothing.
        package var present: SourceEntry?
    }
}

extension Engine {
    /// - Throws: `not-found` for a step the pipeline does not have, else as `plan`.
    package func explain(
        _ key: StepKey, in request: RunRequest, for scope: Scope
    ) async throws(Failure) -> StepExplanation {
        var narrowed = request
        narrowed.options.targets = [key]
        let plan = try await plan(narrowed, for: scope)
        guard let step = request.pipeline[key], let planned = plan.steps.first(where: { $0.step == key })
        else {
            throw Failure(
                .notFound, "the pipeline has no step ‘\(key)’", fix: "see its steps with: varve plan")
        }
        // On what was planned, should a newer revision have come in meanwhile.
        narrowed.revision = plan.revision
        let run = try await freeze(narrowed, for: scope)
        var base: StepIdentity.Base?
        switch step.base {
        case .image(let name):
            base = try await catalog.image(named: name, in: scope).map { .image($0.digest) }
        case .step(let parent):
            base = plan.steps.first { $0.step == parent }?.snapshot.map { .snapshot($0) }
        }
        let identity = base.map { run.identity(of: step, on: $0, environmentKey: environmentKey) }
        let nearest = try await nearest(to: step, of: identity, in: run)
        var maker: String?
        if let nearest { maker = try await catalog.snapshot(nearest.snapshot)?.maker }
        let manifest = run.revision(for: step)?.manifest
        let facts = (nearest?.facts.facts ?? []).map { fact in
            StepExplanation.CheckedFact(
                fact: fact, holds: manifest.map { fact.holds(in: $0) } ?? true,
                present: manifest?.entry(at: fact.path))
        }
        return StepExplanation(
            planned: planned, identity: identity, nearest: nearest, nearestMaker: maker,
            differences: nearest.flatMap { near in identity.map { $0.differences(from: near.identity) } }
                ?? [],
            facts: facts.filter { !$0.holds } + facts.filter(\.holds))
    }

    private func nearest(
        to step: StepSpecification, of identity: StepIdentity?, in run: FrozenRun
    ) async throws(Failure) -> CacheRecord? {
        guard let identity else {
            return try await catalog.nearestCacheRecord(
                step: step.key, workspace: step.workspace == .none ? nil : run.workspace, scope: run.scope,
                to: nil)
        }
        let lookup = try await lookUp(step, identity: identity, in: run)
        return switch lookup.outcome {
        case .hit(let record): record
        case .miss(let refused): refused.first?.candidate.record ?? lookup.nearest
        }
    }
}
