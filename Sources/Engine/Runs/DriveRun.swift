import Catalog
import Linux
import Logging
import Model

extension Engine {
    /// Runs a run to its end: starts steps as they become free, tells of everything, and leaves the final
    /// state in the catalog.
    func drive(_ run: LiveRun, _ record: RunRecord) async {
        let clock = ContinuousClock.now
        var schedule = RunSchedule(
            pipeline: run.frozen.pipeline, targets: Set(run.frozen.options.targets),
            keepsGoing: run.frozen.options.keepGoing, jobs: run.frozen.options.jobs ?? configuration.jobs)
        let underWay = run.history.underWay
        schedule.resume(ended: run.earlierEnds, running: underWay)
        await preparePatterns(of: schedule.steps, in: run)
        announce(run, schedule.steps)
        let watches = watch(run, since: record.created)
        await driveSteps(of: run, &schedule, from: schedule.steps.filter(schedule.isRunning))
        for watch in watches { watch.cancel() }
        // What nobody came for, such as a step whose parent's snapshot is gone.
        for left in leftSteps.takeAll(of: run.id) { await end(left) }
        await run.cleanedUp()
        let spent =
            run.history.isEmpty
            ? clock.duration(to: .now).wholeMilliseconds
            : max(0, (now().nanoseconds - record.created.nanoseconds) / 1_000_000)
        await finish(run, record, schedule, milliseconds: spent)
    }

    /// A run that goes on after a restart has yet to do what was done when it was asked for.
    private func preparePatterns(of steps: [StepKey], in run: LiveRun) async {
        do {
            try await preparePatterns(of: steps.compactMap { run.frozen.pipeline[$0] }, in: run.frozen)
        } catch {
            // It is to end, or is ended by this.
            run.end(.failed(error))
        }
    }

    private func announce(_ run: LiveRun, _ steps: [StepKey]) {
        let pipeline = run.frozen.pipeline
        let wanted = steps.compactMap { pipeline[$0] }
        var events: [Event.Kind] = []
        if run.history.isEmpty {
            events.append(
                .buildStart(
                    run: run.id, revision: run.frozen.ingest?.revision.hex, stepCount: steps.count))
            if let state = disk.last?.state, state.level >= .warning { events.append(state.warning) }
            // One that is to end at once has not compared its patterns.
            if run.ending == nil {
                events += warnings(for: wanted, in: run.frozen)
                    .map { .warning(code: $0.code, detail: $0.detail) }
            }
        }
        events += wanted.filter { !run.history.queued.contains($0.key) }
            .map { .stepQueued(step: $0.key, parent: $0.parent) }
        let ended = Set(run.earlierEnds.map(\.0))
        let pending = steps.count { !ended.contains($0) }
        counts.change { $0.pending += pending }
        tell(run, events)
    }

    /// - Parameter underWay: steps that an earlier life of the daemon had started.
    private func driveSteps(
        of run: LiveRun, _ schedule: inout RunSchedule, from underWay: [StepKey]
    ) async {
        await withTaskGroup(of: (StepKey, StepStatus).self) { group in
            for step in underWay.compactMap({ run.frozen.pipeline[$0] }) {
                group.addTask { [self] in (step.key, await perform(step, in: run)) }
            }
            while true {
                if run.ending != nil { schedule.stop() }
                let advance = schedule.advance()
                await skip(advance.skip, of: run)
                for key in advance.start {
                    guard let step = run.frozen.pipeline[key] else { continue }
                    group.addTask { [self] in (key, await perform(step, in: run)) }
                }
                if schedule.isFinished { break }
                guard let (key, status) = await group.next() else { continue }
                schedule.end(key, status)
            }
        }
    }

    private func skip(_ skipped: [RunSchedule.Skip], of run: LiveRun) async {
        for skip in skipped {
            let failure: Failure
            if let culprit = skip.because {
                failure = Failure(
                    .skipped, "step \(culprit) did not succeed",
                    fix: "see why with: varve logs \(run.id) \(culprit)")
            } else {
                failure = run.ending?.failure ?? Failure(.skipped, "the run ended", fix: "start it again")
            }
            await recordEnd(
                StepEnd(step: skip.step, status: .skipped, error: failure), in: run, reason: nil)
        }
    }

    private func finish(
        _ run: LiveRun, _ started: RunRecord, _ schedule: RunSchedule, milliseconds: Int64
    ) async {
        var record = started
        let statuses = schedule.statuses.values
        record.status = run.journal.toldEnd ?? .ofRun(steps: statuses, ending: run.ending?.stepStatus)
        record.exitCode = record.status.exitCode
        record.ended = now()
        record.cacheHits = statuses.count { $0 == .cacheHit }
        record.executed = statuses.count { [.passed, .failed, .timedOut, .cancelled, .error].contains($0) }
        // Whoever hears of the end may remove what the run stood on.
        run.letGo()
        run.outcome = record
        if run.journal.toldEnd == nil {
            tell(
                run,
                [
                    .buildEnd(
                        status: record.status, exitCode: record.status.exitCode, milliseconds: milliseconds,
                        executed: record.executed, cacheHits: record.cacheHits)
                ])
        }
        do {
            try await catalog.update(record)
            await removeRequest(of: run)
        } catch {
            // The request stays: a later life reads the end in the journal.
            logger.error(
                "a run's end is not in the catalog", metadata: ["run": "\(run.id)", "error": "\(error)"])
        }
        run.journal.close()
        liveRuns.remove(run.id)
        metrics.ended(record)
        logger.info(
            "run ended",
            metadata: [
                "run": "\(run.id)", "status": "\(record.status.rawValue)", "milliseconds": "\(milliseconds)",
                "executed": "\(record.executed)", "hits": "\(record.cacheHits)",
            ])
        upkeep.request()
    }

    /// The timers that may end a run: its timeout, and its client's absence.
    private func watch(_ run: LiveRun, since created: Timestamp) -> [Task<Void, Never>] {
        var watches: [Task<Void, Never>] = []
        let limits = [run.frozen.pipeline.timeout, run.frozen.options.timeout].compactMap { $0 }
        if let limit = limits.min() {
            watches.append(
                Task {
                    let spent =
                        run.history.isEmpty ? 0 : max(0, now().nanoseconds - created.nanoseconds)
                    let left = max(.zero, limit.duration - .nanoseconds(spent))
                    guard (try? await Task.sleep(for: left)) != nil else { return }
                    run.end(.timedOut)
                })
        }
        if run.frozen.options.attached {
            let patience = configuration.clientPatience.duration
            watches.append(
                Task {
                    while !Task.isCancelled {
                        let absent = run.journal.unattended ?? .zero
                        if absent >= patience { return await end(run, because: .abandoned) }
                        guard (try? await Task.sleep(for: patience - absent)) != nil else { return }
                    }
                })
        }
        return watches
    }

    /// Takes the request away, with the values that were passed.
    private func removeRequest(of run: LiveRun) async {
        do {
            try await onBlockingThread { try run.requestFolder.remove() }
        } catch {
            logger.warning(
                "a run's request stays behind", metadata: ["run": "\(run.id)", "error": "\(error)"])
        }
    }

    /// Appends to the run's journal. A journal that can't be written ends the run: an event may never be
    /// missing.
    func tell(_ run: LiveRun, _ events: [Event.Kind]) {
        do {
            try run.journal.append(events, at: now())
        } catch {
            logger.error(
                "a run's events can't be written", metadata: ["run": "\(run.id)", "error": "\(error)"])
            run.end(.failed(error))
        }
    }

    /// What the journal can be asked for.
    private static func metadata(of end: Event.StepEnd, in run: LiveRun) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "run": "\(run.id)", "step": "\(end.step)", "status": "\(end.status.rawValue)",
        ]
        if let snapshot = end.snapshot { metadata["snapshot"] = "\(snapshot)" }
        if let error = end.error { metadata["error"] = "\(error.code.rawValue)" }
        return metadata
    }

    /// Records how a step ended, then tells of it.
    func recordEnd(_ end: StepEnd, in run: LiveRun, reason: MissReason?) async {
        var record = RunStepRecord(
            run: run.id, step: end.step, position: run.frozen.pipeline.position(of: end.step) ?? 0)
        record.status = end.status
        record.snapshot = end.snapshot
        record.exitCode = end.exitCode
        record.milliseconds = end.milliseconds
        record.reason = reason
        record.errorCode = end.error?.code
        do {
            try await catalog.update(record)
        } catch {
            logger.error(
                "a step's end is not in the catalog", metadata: ["run": "\(run.id)", "error": "\(error)"])
        }
        metrics.ended(end, reason: reason)
        counts.change { $0.pending -= 1 }
        logger.info("step ended", metadata: Self.metadata(of: end, in: run))
        tell(run, [.stepEnd(end)])
    }
}

typealias StepEnd = Event.StepEnd
