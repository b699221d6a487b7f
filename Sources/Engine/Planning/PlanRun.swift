import Catalog
package import Model

/// What would become of one step.
package struct PlannedStep: Sendable, Hashable {
    package var step: StepKey
    package var parent: StepKey?
    /// Nil below a step that would run: what it stands on is not known yet.
    package var identity: Digest?
    /// Nil for a hit.
    package var reason: MissReason?
    package var snapshot: String?
}

/// What would become of a run, and what its author should know.
package struct RunPlan: Sendable, Hashable {
    package var steps: [PlannedStep]
    package var warnings: [Warning]
    package var revision: Digest?
}

extension Engine {
    /// Says which steps would be hits and which would run, and why. Runs and pulls nothing.
    package func plan(_ request: RunRequest, for scope: Scope) async throws(Failure) -> RunPlan {
        let run = try await freeze(request, for: scope)
        var planned: [StepKey: PlannedStep] = [:]
        let steps = request.wantedSteps
        for step in steps { planned[step.key] = try await plan(step, in: run, after: planned) }
        return RunPlan(
            steps: steps.compactMap { planned[$0.key] }, warnings: warnings(for: steps, in: run),
            revision: run.ingest?.revision)
    }

    private func plan(
        _ step: StepSpecification, in run: FrozenRun, after planned: [StepKey: PlannedStep]
    ) async throws(Failure) -> PlannedStep {
        var circumstances = MissRule.Circumstances(policy: step.cache)
        circumstances.noCacheRequested = run.options.noCache.covers(step.key)
        var result = PlannedStep(step: step.key, parent: step.parent)
        let base = try await plannedBase(of: step, in: run, after: planned, &circumstances)
        if let base {
            let identity = run.identity(of: step, on: base, environmentKey: environmentKey)
            result.identity = identity.digest
            let lookup = try await lookUp(step, identity: identity, in: run)
            if case .hit(let record) = lookup.outcome, step.cache.mayHit, !circumstances.noCacheRequested {
                result.snapshot = record.snapshot
                return result
            }
            circumstances.explain(lookup)
        } else {
            circumstances.nearest = try await catalog.nearestCacheRecord(
                step: step.key, workspace: step.workspace == .none ? nil : run.workspace, scope: run.scope,
                to: nil)
        }
        result.reason = MissRule.reason(for: circumstances)
        return result
    }

    /// What the step would stand on; nil where a run would first have to make or fetch it.
    private func plannedBase(
        of step: StepSpecification, in run: FrozenRun, after planned: [StepKey: PlannedStep],
        _ circumstances: inout MissRule.Circumstances
    ) async throws(Failure) -> StepIdentity.Base? {
        switch step.base {
        case .image(let name):
            guard let image = try await catalog.image(named: name, in: run.scope) else {
                circumstances.absentImage = name.text
                return nil
            }
            return .image(image.digest)
        case .step(let parent):
            guard let snapshot = planned[parent]?.snapshot else {
                circumstances.executedParent = parent
                return nil
            }
            return .snapshot(snapshot)
        }
    }

    /// What the author of the steps should know before they run.
    func warnings(for steps: [StepSpecification], in run: FrozenRun) -> [Warning] {
        var warnings = run.pipeline.notices.map { Warning(code: "ignored-member", detail: $0) }
        let uncached = run.pipeline.uncachedAncestors
        for step in steps where step.cache.mayHit {
            if let ancestor = uncached[step.key] {
                warnings.append(
                    Warning(
                        code: "never-a-hit",
                        detail:
                            "step \(step.key) can never be a hit: it builds on \(ancestor), which is never cached"
                    ))
            }
            guard let patterns = run.patterns else { continue }
            for glob in step.cache.unmatchedGlobs(in: patterns) {
                warnings.append(
                    Warning(
                        code: "pattern-without-match",
                        detail: "step \(step.key): ‘\(glob)’ matches nothing in the workspace"))
            }
        }
        return warnings
    }
}

extension MissRule.Circumstances {
    /// Takes over what a look-up found out.
    mutating func explain(_ lookup: Engine.Lookup) {
        identity = lookup.identity
        nearest = lookup.nearest
        if case .miss(let candidates) = lookup.outcome { refused = candidates }
    }
}
