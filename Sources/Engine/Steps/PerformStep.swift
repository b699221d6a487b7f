import Catalog
import Linux
import Logging
import Model

extension Engine {
    /// Brings one step of a run to its end, by a hit or by executing it, and tells of it.
    func perform(_ step: StepSpecification, in run: LiveRun) async -> StepStatus {
        let started = ContinuousClock.now
        let attempt = StepAttempt(step: step, run: run)
        var end: StepEnd
        do {
            end = try await attempt.withinTimeout { [self] () async throws(Failure) in
                let base = try await base(of: step, in: run)
                let end = try await settle(attempt, on: base)
                try await copyOutputs(of: step, in: run, if: end)
                return end
            }
        } catch {
            end = attempt.end(because: error)
            // What it left is there all the same, if it was only not copied out.
            end.snapshot = run[result: step.key]?.snapshot.id
        }
        if end.milliseconds == 0, end.status != .cacheHit {
            end.milliseconds = started.duration(to: .now).wholeMilliseconds
        }
        await recordEnd(end, in: run, reason: attempt.progress.reason)
        if let remains = attempt.progress.remains {
            run.cleanUp { [self] in await clean(remains) }
        }
        return end.status
    }

    /// What the step stands on: its image, fetched if need be, or what its parent left in this run.
    private func base(of step: StepSpecification, in run: LiveRun) async throws(Failure) -> StepBase {
        switch step.base {
        case .image(let name):
            let image = try await image(for: name, in: run)
            return StepBase(image: image, parent: nil, parentWasExecuted: false)
        case .step(let key):
            guard let parent = run[result: key] else {
                throw Failure(
                    .internalError, "step \(step.key) started before its parent \(key) had ended",
                    fix: "report this with the daemon's log")
            }
            let image = try await image(below: parent.snapshot)
            // Its layers may have been squashed since.
            let current = try await catalog.snapshot(parent.snapshot.id) ?? parent.snapshot
            return StepBase(
                image: image, parent: await squashedIfDeep(current), parentWasExecuted: parent.wasExecuted)
        }
    }

    /// Finds a snapshot or makes one.
    private func settle(_ attempt: StepAttempt, on base: StepBase) async throws(Failure) -> StepEnd {
        let (step, run) = (attempt.step, attempt.run)
        let identity = run.frozen.identity(of: step, on: base.identity, environmentKey: environmentKey)
        var circumstances = MissRule.Circumstances(policy: step.cache)
        let work = StepWork(
            attempt: attempt,
            subject: StepSubject(step: step, base: base, identity: identity, frozen: run.frozen))
        circumstances.noCacheRequested = work.isWithoutCache
        circumstances.executedParent = base.parentWasExecuted ? step.parent : nil
        if run.history.isUnderWay(step.key) { return try await settleAgain(work) }
        if let told = run.history.steps[step.key]?.hit { return try await hitAgain(told, work) }
        guard step.cache.mayHit, !circumstances.noCacheRequested else {
            attempt.progress.reason = MissRule.reason(for: circumstances)
            return try await executeAlone(work)
        }
        // Every round ends with a hit, with this run's own execution, or behind one that did not serve this
        // revision.
        for _ in 0..<SharedRounds.most {
            let lookup = try await lookUp(step, identity: identity, in: run.frozen)
            if case .hit(let record) = lookup.outcome {
                if let end = try await hit(record, seen: lookup.sighting, work) { return end }
                continue
            }
            circumstances.explain(lookup)
            attempt.progress.reason = MissRule.reason(for: circumstances)
            if let end = try await executeShared(work) { return end }
        }
        return try await executeAlone(work)
    }

    /// Brings a step to its end that an earlier life of the daemon has said to have started: it is no hit any more.
    private func settleAgain(_ work: StepWork) async throws(Failure) -> StepEnd {
        work.attempt.progress.reason = work.run.history.steps[work.step.key]?.reason
        if let left = leftSteps.take(work.step.key, of: work.run.id) {
            // An earlier version of the daemon has handed it over to a run that stands on something else.
            guard left.mark.serves(work) else {
                await end(left)
                return try await executeAlone(work)
            }
            let shared = left.mark.identity
            let participation = left.reserved ?? StepExecution.alone()
            let execution = participation.execution
            let log = ExecutionLog()
            let remains = StepRemains(in: left.mark.run)
            execution.start(
                on: terms(of: work, within: limits(of: left.mark, work)), log: log, remains: remains
            ) { [self] in
                let outcome = await resume(left, work, log: log, remains: remains)
                if let shared { executions.remove(shared, execution) }
                return outcome
            }
            let told = work.run.history.steps[work.step.key]?.told ?? LogPosition()
            return try finish(await follow(participation, work, after: told), work)
        }
        // Its end was not on record, but what it left may be; else the daemon ended before the command could begin.
        for _ in 0..<SharedRounds.most {
            if let result = try await committed(work) { return try finish(.ended(result), work) }
            guard work.step.cache.mayHit, !work.isWithoutCache else { break }
            if let end = try await executeShared(work) { return end }
        }
        return try await executeAlone(work)
    }

    /// Brings a step to its end that an earlier life of the daemon has said to be a hit.
    private func hitAgain(_ id: String, _ work: StepWork) async throws(Failure) -> StepEnd {
        let hold = snapshotHolds.hold([id])
        guard let snapshot = try await catalog.use(id, at: now()) else {
            throw Failure(
                .snapshotDamaged, "the snapshot that step \(work.step.key) is a hit of was removed meanwhile",
                fix: "start the run again")
        }
        return serve(snapshot, hold, work)
    }

    private func serve(_ snapshot: Snapshot, _ hold: SnapshotHolds.Hold, _ work: StepWork) -> StepEnd {
        work.run.keep(hold)
        work.run[result: work.step.key] = LiveRun.StepResult(snapshot: snapshot, wasExecuted: false)
        return StepEnd(step: work.step.key, status: .cacheHit, snapshot: snapshot.id)
    }

    /// Nil if the snapshot has gone since it was found.
    private func hit(
        _ record: CacheRecord, seen: Sighting?, _ work: StepWork
    ) async throws(Failure) -> StepEnd? {
        let hold = snapshotHolds.hold([record.snapshot])
        guard let snapshot = try await catalog.use(record.snapshot, at: now(), seen: seen) else { return nil }
        tell(
            work.run,
            [.stepCacheHit(step: work.step.key, snapshot: snapshot.id, identity: work.identity.digest)])
        return serve(snapshot, hold, work)
    }

    /// Leads an execution others may join, or waits for one under way; nil if there is a reason to look
    /// again.
    private func executeShared(_ work: StepWork) async throws(Failure) -> StepEnd? {
        switch executions.join(work.identity.digest, on: terms(of: work)) {
        case .follow(let participation):
            let outcome = await follow(participation, work)
            return work.attempt.progress.hasNarrated || outcome == nil ? try finish(outcome, work) : nil
        case .lead(let participation):
            let execution = participation.execution
            // Someone may have committed between the look-up and now.
            if try await lookUpAgain(work, execution) { return nil }
            begin(execution, work, isShared: true) { [executions] in
                executions.remove(work.identity.digest, execution)
            }
            return try finish(await follow(participation, work), work)
        }
    }

    private func lookUpAgain(_ work: StepWork, _ execution: StepExecution) async throws(Failure) -> Bool {
        do {
            let lookup = try await lookUp(work.step, identity: work.identity, in: work.run.frozen)
            guard case .hit = lookup.outcome else { return false }
            executions.remove(work.identity.digest, execution)
            execution.settle(.superseded)
            return true
        } catch {
            executions.remove(work.identity.digest, execution)
            execution.settle(.failed(error))
            throw error
        }
    }

    private func executeAlone(_ work: StepWork) async throws(Failure) -> StepEnd {
        let participation = StepExecution.alone()
        begin(participation.execution, work, isShared: false) {}
        return try finish(await follow(participation, work), work)
    }

    private func begin(
        _ execution: StepExecution, _ work: StepWork, isShared: Bool, ended: @escaping @Sendable () -> Void
    ) {
        let log = ExecutionLog()
        let remains = StepRemains(in: work.run.id)
        execution.start(on: terms(of: work), log: log, remains: remains) { [self] in
            let outcome = await execute(work, log: log, remains: remains, isShared: isShared)
            // Before anyone is told, so that whoever looks again does not join what is over.
            ended()
            return outcome
        }
    }

    /// Waits for the execution's end; tells of it while this run is the one to do so. Nil if this run ended
    /// first.
    private func follow(
        _ participation: Participation, _ work: StepWork, after told: LogPosition = LogPosition()
    ) async -> StepExecution.Outcome? {
        var narration: Task<Void, Never>?
        for await signal in participation.signals {
            switch signal {
            case .narrate(let log, let remains):
                work.attempt.progress.hasNarrated = true
                await note(remains, work)
                if !work.run.history.isUnderWay(work.step.key) {
                    tell(
                        work.run,
                        [
                            .stepStart(
                                step: work.step.key, image: work.step.imageName,
                                reason: work.attempt.progress.reason ?? MissReason(.policyNone, ""))
                        ])
                }
                // Requests go first where a log keeps the processors busy.
                narration = Task(executorPreference: BlockingPool.background) { [self] in
                    await narrate(log, of: work.step.key, in: work.run, after: told)
                }
            case .finished(let outcome, let remains):
                work.attempt.progress.remains = remains
                await narration?.value
                return outcome
            }
        }
        if let remains = await participation.leave() { work.attempt.progress.remains = remains }
        narration?.cancel()
        await narration?.value
        return nil
    }

    /// Puts on record that this run tells of an execution that another one began.
    private func note(_ remains: StepRemains, _ work: StepWork) async {
        do {
            let narrator = work.narrator
            try await onBlockingThread { try remains.narrate(by: narrator) }
        } catch {
            logger.warning(
                "a restart of the daemon would not find a step again",
                metadata: ["run": "\(work.run.id)", "step": "\(work.step.key)", "error": "\(error)"])
        }
    }

    private func finish(_ outcome: StepExecution.Outcome?, _ work: StepWork) throws(Failure) -> StepEnd {
        switch outcome {
        case .ended(let result):
            if let kept = result.snapshot {
                work.run.keep(kept.hold)
                work.run[result: work.step.key] = LiveRun.StepResult(
                    snapshot: kept.snapshot, wasExecuted: true)
            }
            return StepEnd(
                step: work.step.key, status: result.status, exitCode: result.exitCode,
                milliseconds: result.milliseconds, snapshot: result.snapshot?.snapshot.id, error: result.error
            )
        case .failed(let failure): throw failure
        case .superseded, nil:
            throw Failure(.cancelled, "step \(work.step.key) was ended", fix: "run again")
        }
    }
}

/// How often a step waits for another run's execution before it runs on its own.
private enum SharedRounds {
    static let most = 8
}

extension StepSpecification {
    var imageName: String? {
        if case .image(let name) = base { name.text } else { nil }
    }
}
