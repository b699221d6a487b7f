import Catalog
import Layers
import Logging
package import Model
import Sandbox

extension Engine {
    /// Decides as a run would whether the step is a hit, and if not prepares its tree for the caller.
    ///
    /// The mounts are on this host when this returns, in a directory that only the holder may enter.
    ///
    /// - Parameter reach: where the parent snapshot is looked for.
    /// - Throws: what freezing and preparing a step of a run throws; `not-found` for an unknown parent.
    package func prepareLease(
        _ request: LeaseRequest, for scope: Scope, reach: Reach
    ) async throws(Failure) -> LeaseOffer {
        // Until the lease itself is on record.
        let hold = snapshotHolds.hold([request.parent].compactMap { $0 })
        defer { withExtendedLifetime(hold) {} }
        let (subject, imageHold) = try await subject(of: request, for: scope, reach: reach)
        defer { withExtendedLifetime(imageHold) {} }
        let step = subject.step
        var circumstances = MissRule.Circumstances(policy: step.cache)
        circumstances.noCacheRequested = request.noCache
        if step.cache.mayHit, !request.noCache {
            let lookup = try await lookUp(step, identity: subject.identity, in: subject.frozen)
            if case .hit(let record) = lookup.outcome {
                let hold = snapshotHolds.hold([record.snapshot])
                defer { withExtendedLifetime(hold) {} }
                if try await catalog.use(record.snapshot, at: now(), seen: lookup.sighting) != nil {
                    return .hit(
                        snapshot: record.snapshot,
                        warnings: warnings(for: subject) + (try await conflicts(of: subject)))
                }
            }
            circumstances.explain(lookup)
        }
        return .prepared(
            try await prepare(subject, because: MissRule.reason(for: circumstances), request))
    }

    private func subject(
        of request: LeaseRequest, for scope: Scope, reach: Reach
    ) async throws(Failure) -> (StepSubject, ImageHolds.Hold?) {
        let pipeline: Pipeline
        do {
            pipeline = try Pipeline(steps: [request.step], notices: request.notices)
        } catch {
            throw Failure(.badRequest, "step: \(error)", fix: "name no other steps in it")
        }
        var options = RunOptions()
        options.untrusted = request.untrusted
        var frozen = try await freeze(
            RunRequest(
                pipeline: pipeline, workspace: request.step.needsRevision ? request.workspace : nil,
                revision: request.revision, options: options), for: scope)
        frozen.places = StepPlaces(workspace: request.workspaceTarget, others: request.mountPoints)
        let base: StepBase
        var hold: ImageHolds.Hold?
        if let id = request.parent {
            let parent = await squashedIfDeep(try await usedSnapshot(id, in: reach))
            base = StepBase(
                image: try await image(below: parent), parent: parent, parentWasExecuted: false)
        } else {
            guard case .image(let name) = request.step.base else {
                throw Failure(
                    .badRequest, "step: it stands on nothing", fix: "name an image, or a parent snapshot")
            }
            let image: Image
            (image, hold) = try await heldImage(for: name, in: scope) { _ in }
            base = StepBase(image: image, parent: nil, parentWasExecuted: false)
        }
        let identity = frozen.identity(
            of: request.step, on: base.identity, environmentKey: environmentKey)
        return (StepSubject(step: request.step, base: base, identity: identity, frozen: frozen), hold)
    }

    private func prepare(
        _ subject: StepSubject, because reason: MissReason, _ request: LeaseRequest
    ) async throws(Failure) -> PreparedLease {
        try await admitRequest("the lease of step \(subject.step.key)")
        let ground = try await ground(of: subject)
        let number = try await numbers.next()
        let revision = subject.frozen.revision(for: subject.step)
        var beginning = VolumeReport(ground.mounts.events)
        beginning.warnings =
            warnings(for: subject) + (try await conflicts(of: subject)) + beginning.warnings
        let step = LeasedStep(
            active: number, key: subject.step.key, identity: subject.identity,
            image: subject.base.image.digest,
            parent: subject.base.parent?.id, revision: revision?.manifest.digest, ingest: revision?.ingest,
            reason: reason, mayAdopt: subject.step.cache.mayHit && !request.noCache,
            diskLimit: ground.limits.disk, volumes: ground.mounts.uses,
            beginning: beginning)
        let layers = LeasedLayers(
            system: ground.stepLayers.system.map(\.id),
            deltas: (subject.base.parent?.deltaLayers ?? []).reversed(),
            revision: (revision == nil ? [] : subject.frozen.ingest?.layers ?? []).reversed(),
            owner: ground.user.owner, workspace: subject.step.workspace,
            volumes: ground.stepLayers.volumes, mountPoints: ground.stepLayers.mountPoints)
        let lease = try newLease(
            subject.frozen.scope, request.holder, .step(step), layers,
            workspaceTarget: subject.step.workspace == .none ? nil : request.workspaceTarget, request.lifetime
        )
        let process = try process(for: subject, on: ground)
        let (supervisor, stepLayers) = (sandbox.supervisor, ground.stepLayers)
        let tree = try await establish(lease, "the lease of step \(subject.step.key)") {
            [layers = self.layers] tree in
            try tree.attach(
                try PreparedStep(number, on: stepLayers, in: layers, limit: step.diskLimit).mountForOthers())
            try supervisor.writeBundle(for: process, id: lease.id, at: tree.directory, of: lease.holder)
        }
        logger.info(
            "lease prepared", metadata: ["lease": "\(lease.id)", "step": "\(subject.step.key)"])
        return tree.prepared
    }

    private func warnings(for subject: StepSubject) -> [Warning] {
        warnings(for: [subject.step], in: subject.frozen)
    }

    /// What the parent, whom the caller has picked, can't be used on; a run would execute it again.
    ///
    /// Nothing can be told of a parent that was never to be found again: it has no facts.
    private func conflicts(of subject: StepSubject) async throws(Failure) -> [Warning] {
        guard let revision = subject.frozen.revision(for: subject.step), let parent = subject.base.parent,
            parent.ingest != revision.ingest,
            !parent.deltaLayers.isEmpty
        else { return [] }
        let records = try await catalog.cacheRecords(ofLineage: parent.id)
        return Dictionary(grouping: records, by: \.snapshot).sorted { $0.key < $1.key }.compactMap {
            (snapshot, records) -> Warning? in
            let broken = records.map {
                $0.facts.broken(in: revision.manifest, limit: LookupRule.mostConflicts)
            }
            guard let first = broken.first, !broken.contains(where: \.isEmpty) else { return nil }
            return Warning(
                code: MissReason.Code.workspaceConflict.rawValue,
                detail:
                    "snapshot \(snapshot), which the lease stands on, was made on another state of: "
                    + MissRule.paths(of: first))
        }
    }
}
