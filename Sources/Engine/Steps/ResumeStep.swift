import Catalog
import Layers
import Linux
import Logging
import Model
import Sandbox
import SystemPackage

extension Engine {
    /// Follows a step that an earlier life of the daemon started to its end, and commits what it left.
    func resume(
        _ left: LeftStep, _ work: StepWork, log: ExecutionLog, remains: StepRemains
    ) async -> StepExecution.Outcome {
        defer { log.end() }
        let mark = left.mark
        remains.begin(place(of: mark))
        counts.change { $0.executing += 1 }
        defer { counts.change { $0.executing -= 1 } }
        let limits = limits(of: mark, work)
        let watch = watchDisk(of: "step \(work.step.key)", limit: limits.disk, at: mark.number)
        defer { disk.forget(watch) }
        watch.began { left.step.stop(grace: TimeSpan(seconds: 0)) }
        do {
            let (started, hold) = try await takeUp(left, for: "step \(work.step.key)")
            defer { withExtendedLifetime(hold) {} }
            let report = try await report(of: started, mark, watch, to: log)
            let end = StepConclusion(report, of: work.step, within: limits)
            if end.status == .passed, try await hasBegunCommit(mark) {
                await giveUp(started)
                if let result = try await committed(work) { return .ended(result) }
                throw Failure(
                    .shuttingDown, "the daemon was killed while it committed step \(work.step.key)",
                    fix: "start the run again")
            }
            return try .ended(await conclude(work, report, started, mark, watch, remains))
        } catch {
            await emptyGraveyardIfExhausted()
            return .failed(Failure.wrapping(error, to: "go on with step \(work.step.key)"))
        }
    }

    /// Those the step was begun with.
    func limits(of mark: StepMark, _ work: StepWork) -> StepSpecification.Limits {
        mark.limits ?? configuration.limits(for: work.step.limits)
    }

    /// Opens what the step writes to, and holds what it stands on; ends the step where that can't be.
    private func takeUp(
        _ left: LeftStep, for holder: String
    ) async throws -> (StartedStep, LayerHolds.Hold) {
        var started = StartedStep(step: left.step)
        do {
            started.tree = try await tree(of: left.mark)
            return (started, try await hold(left.mark.layerNumbers, for: holder))
        } catch {
            await abandon(started)
            throw error
        }
    }

    /// Ends a step nobody comes for, and takes away what it has.
    func end(_ left: LeftStep) async {
        if let participation = left.reserved {
            if let identity = left.mark.identity { executions.remove(identity, participation.execution) }
            participation.execution.settle(.superseded)
            _ = await participation.leave()
        }
        await abandon(StartedStep(step: left.step))
        await discard(left.mark)
        let remains = StepRemains(in: left.mark.run)
        remains.begin(place(of: left.mark))
        await clean(remains)
    }

    /// What a step left that was said to have started, and of which nothing is left but a snapshot; nil where there is
    /// none.
    func committed(_ work: StepWork) async throws(Failure) -> StepRunResult? {
        var found = try await catalog.snapshot(madeBy: work.run.id, step: work.step.key)
        if found == nil, work.step.cache.mayHit {
            let lookup = try await lookUp(work.step, identity: work.identity, in: work.run.frozen)
            // One from before stands for nothing that this run did.
            if case .hit(let record) = lookup.outcome,
                let started = work.run.history.steps[work.step.key]?.started, record.committed >= started
            {
                found = try await catalog.snapshot(record.snapshot)
            }
        }
        guard let snapshot = found else { return nil }
        let hold = snapshotHolds.hold([snapshot.id])
        guard let settled = try await catalog.snapshot(snapshot.id) else { return nil }
        return StepRunResult(
            status: .passed, exitCode: 0, error: nil, milliseconds: settled.milliseconds,
            snapshot: KeptSnapshot(snapshot: settled, hold: hold))
    }

    private func place(of mark: StepMark) -> StepRemains.Place {
        StepRemains.Place(
            bundle: sandbox.bundle(of: mark.number), position: mark.position)
    }

    /// Whether somebody began to make a snapshot of it.
    private func hasBegunCommit(_ mark: StepMark) async throws -> Bool {
        let bundle = sandbox.bundle(of: mark.number)
        return try await onBlockingThread {
            StepMark.isCommitting(in: try Directory(opening: bundle, following: false))
        }
    }

    /// Nil if it has gone already.
    private func tree(of mark: StepMark) async throws -> Parcel<MountedStep>? {
        try await onBlockingThread { [layers] () throws -> Parcel<MountedStep>? in
            guard try layers.hasActive(mark.number) else { return nil }
            return Parcel(try MountedStep(resuming: mark.number, on: mark.layers, in: layers))
        }
    }

    /// Takes the step's tree away, as far as it is still there.
    private func discard(_ mark: StepMark) async {
        do {
            guard let tree = try await tree(of: mark) else { return }
            try await discard(tree)
        } catch {
            logger.warning(
                "what a step wrote stays behind",
                metadata: ["step": "\(mark.number)", "error": "\(error)"])
        }
    }
}
