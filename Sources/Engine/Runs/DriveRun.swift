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
        announce(run, schedule.steps)
        let watches = watch(run)
        await driveSteps(of: run, &schedule)
        for watch in watches { watch.cancel() }
        await finish(run, record, schedule, milliseconds: clock.duration(to: .now).wholeMilliseconds)
    }

    private func announce(_ run: LiveRun, _ steps: [StepKey]) {
        let pipeline = run.frozen.pipeline
        var events: [Event.Kind] = [
            .buildStart(
                run: run.id, revision: run.frozen.ingest?.revision.hex, stepCount: steps.count)
        ]
        let wanted = steps.compactMap { pipeline[$0] }
        if let state = disk.last?.state, state.level >= .warning { events.append(state.warning) }
        events += warnings(for: wanted, in: run.frozen).map { .warning(code: $0.code, detail: $0.detail) }
        events += wanted.map { .stepQueued(step: $0.key, parent: $0.parent) }
        let pending = wanted.count
        counts.change { $0.pending += pending }
        tell(run, events)
    }

    private func driveSteps(of run: LiveRun, _ schedule: inout RunSchedule) async {
        await withTaskGroup(of: (StepKey, StepStatus).self) { group in
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
            await end(StepEnd(step: skip.step, status: .skipped, error: failure), in: run, reason: nil)
        }
    }

    private func finish(
        _ run: LiveRun, _ started: RunRecord, _ schedule: RunSchedule, milliseconds: Int64
    ) async {
        var record = started
        let statuses = schedule.statuses.values
        let ending = run.ending
        record.status = RunStatus.ofRun(
            steps: statuses, cancelled: ending?.isCancellation ?? false, timedOut: ending == .timedOut)
        if ending?.stepStatus == .error { record.status = .error }
        record.exitCode = record.status.exitCode
        record.ended = now()
        record.cacheHits = statuses.count { $0 == .cacheHit }
        record.executed = statuses.count { [.passed, .failed, .timedOut, .cancelled, .error].contains($0) }
        // Whoever hears of the end may remove what the run stood on.
        run.letGo()
        tell(
            run,
            [
                .buildEnd(
                    status: record.status, exitCode: record.status.exitCode, milliseconds: milliseconds,
                    executed: record.executed, cacheHits: record.cacheHits)
            ])
        do {
            try await catalog.update(record)
        } catch {
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
    private func watch(_ run: LiveRun) -> [Task<Void, Never>] {
        var watches: [Task<Void, Never>] = []
        let limits = [run.frozen.pipeline.timeout, run.frozen.options.timeout].compactMap { $0 }
        if let limit = limits.min() {
            watches.append(
                Task {
                    guard (try? await Task.sleep(for: limit.duration)) != nil else { return }
                    run.end(.timedOut)
                })
        }
        if run.frozen.options.attached {
            watches.append(
                Task {
                    let patience = Duration.seconds(30)
                    while !Task.isCancelled {
                        let absent = run.journal.unattended ?? .zero
                        if absent >= patience { return run.end(.abandoned) }
                        guard (try? await Task.sleep(for: patience - absent)) != nil else { return }
                    }
                })
        }
        return watches
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

    /// Records how a step ended, then tells of it.
    func end(_ end: Event.StepEnd, in run: LiveRun, reason: MissReason?) async {
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
        tell(run, [.stepEnd(end)])
    }
}

typealias StepEnd = Event.StepEnd

extension LiveRun.Ending {
    var isCancellation: Bool { self == .requested || self == .abandoned }
}

extension Duration {
    var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
