import Catalog
import Layers
import Linux
import Logging
import Model
import Sandbox
import SystemPackage

extension Engine {
    /// Looks for the runs that were under way when the daemon went away, and for the steps they left running: those
    /// whose request is on record in this boot go on.
    func findLeftRuns() async throws(Failure) -> LeftWork {
        var work = LeftWork()
        for record in try await catalog.unfinishedRuns() {
            let folder = RunRequestFolder(of: record.id, in: sandbox.mountsDirectory)
            guard let request = try? await onBlockingThread({ folder.kept() }) else { continue }
            leftRuns.add(LeftRun(record: record, folder: folder, request: request))
            work.runs.insert(record.id)
            work.names.insert(record.id)
        }
        guard !work.runs.isEmpty else { return work }
        do {
            let runs = work.runs
            let steps = try await onBlockingThread { [self] in try findLeftSteps(of: runs) }
            for left in steps {
                leftSteps.add(left)
                work.names.insert("\(left.mark.number)")
                work.active.insert(left.mark.number)
            }
            try await onBlockingThread { [store] in
                for run in runs {
                    let claimed = Set(steps.filter { $0.mark.run == run }.map(\.mark.position))
                    for position in try store.stepDirectories(run: run) where !claimed.contains(position) {
                        try store.removeStepDirectory(run: run, position: position)
                    }
                }
            }
        } catch {
            throw Failure.wrapping(error, to: "find the steps that went on")
        }
        return work
    }

    /// Steps with a supervisor that came to work, and of which one of `runs` tells. Blocks.
    private func findLeftSteps(of runs: Set<String>) throws -> [LeftStep] {
        let path = sandbox.mountsDirectory
        guard let directory = try? Directory(opening: path) else { return [] }
        return try directory.entryNames().map { String(decoding: $0, as: UTF8.self) }.sorted().compactMap {
            name in
            guard Int64(name) != nil,
                let bundle = try? Directory(opening: "\(path)/\(name)", following: false),
                let mark = StepMark.read(from: bundle), "\(mark.number)" == name,
                runs.contains(mark.narrator),
                let results = try? store.openStepDirectory(run: mark.run, position: mark.position),
                let step = try sandbox.supervisor.resume(
                    id: name, bundle: "\(path)/\(name)", results: results)
            else { return nil }
            let reserved = mark.identity.flatMap { executions.reserve($0) }
            return LeftStep(
                mark: mark, step: step, reserved: reserved, hold: holds.hold(mark.layerNumbers))
        }
    }

    /// Goes on with the runs that were found, once all of them are read: their clients' absence counts from then.
    func resumeRuns() async throws(Failure) {
        var resumed: [(run: LiveRun, record: RunRecord)] = []
        for left in leftRuns.takeAll() {
            do {
                resumed.append((try await resume(left), left.record))
            } catch {
                logger.error(
                    "a run can't go on", metadata: ["run": "\(left.record.id)", "error": "\(error.detail)"])
                for step in leftSteps.takeAll(of: left.record.id) { await end(step) }
                try await endLeft(left.record, error)
            }
        }
        for (run, record) in resumed { run.begin { [self] in await drive(run, record) } }
    }

    private func resume(_ left: LeftRun) async throws(Failure) -> LiveRun {
        let (record, request) = (left.record, left.request)
        let frozen = try await frozen(request, revision: record.revision)
        let (journal, history) = try await reopenJournal(of: record.id, frozen)
        let outputs = request.outputs.map { origin in
            LiveRun.Outputs.reopening(Task { await reopened(origin) })
        }
        let run = LiveRun(
            id: record.id, frozen: frozen, requestFolder: left.folder, journal: journal, outputs: outputs,
            history: history)
        try liveRuns.add(run, limit: .max)
        do throws(Failure) {
            if let ingest = frozen.ingest {
                run.keep(holds.hold(ingest.layers))
                guard try await catalog.hasLayers(ingest.layers) else {
                    throw Failure(
                        .revisionGone, "revision \(ingest.revision) is not in the store any more",
                        fix: "start the run again")
                }
            }
            try await restore(run)
            // The daemon was killed before it told of their start, or of their end. Nobody would come for them, and who wants
            // the same result, their own run above all, would wait for them.
            let wanted = history.underWay.subtracting(run.earlierEnds.map(\.0))
            for step in leftSteps.takeAll(of: record.id, except: wanted) { await end(step) }
            try await restoreImages(of: run)
        } catch {
            liveRuns.remove(run.id)
            run.giveUp()
            throw error
        }
        if let kept = run.requestFolder.keptEnding() { run.end(kept.ending) }
        logger.notice(
            "run goes on",
            metadata: [
                "run": "\(run.id)",
                "steps": "\(history.underWay.map(\.text).sorted().joined(separator: " "))",
            ])
        return run
    }

    private func frozen(
        _ request: KeptRunRequest, revision: Digest?
    ) async throws(Failure) -> FrozenRun {
        var source: FrozenSource?
        if let number = request.ingest {
            guard let ingest = try await catalog.ingest(number: number, revision: revision) else {
                throw Failure(
                    .revisionGone, "the run's revision is not in the store any more",
                    fix: "start the run again")
            }
            source = try await self.source(of: ingest)
        }
        return FrozenRun(
            scope: request.scope, pipeline: request.pipeline, options: request.options,
            workspace: request.workspace, source: source)
    }

    private func reopenJournal(
        of id: String, _ frozen: FrozenRun
    ) async throws(Failure) -> (RunJournal, RunHistory) {
        do {
            return try await onBlockingThread { [store] in
                let journal = try RunJournal(
                    resuming: try store.openRunDirectory(id), stepCount: frozen.pipeline.steps.count
                ) { store.ballast.release() }
                return (journal, try RunHistory { body in try journal.readAll(body) })
            }
        } catch {
            throw Failure.wrapping(error, to: "read the events of run \(id)")
        }
    }

    /// The caller's directory, as long as the caller is there. Takes as long as its file system does to answer, which may
    /// be for ever.
    private func reopened(_ origin: OutputDirectory.Origin) async -> OutputDirectory? {
        guard let peer = try? origin.peer() else { return nil }
        return try? await openOutputs(Array(origin.path.utf8), by: peer)
    }

    /// Takes up what steps left that have ended. An end that is in the catalog and was not told is told.
    private func restore(_ run: LiveRun) async throws(Failure) {
        for step in try await catalog.steps(of: run.id) {
            guard let status = step.status else { continue }
            if run.history.steps[step.step]?.status == nil {
                tell(run, [.stepEnd(StepEnd(step, status))])
                run.earlierEnds.append((step.step, status))
            }
            guard status.isSuccess, let id = step.snapshot else { continue }
            run.keep(snapshotHolds.hold([id]))
            guard let snapshot = try await catalog.snapshot(id) else {
                throw Failure(
                    .snapshotDamaged,
                    "snapshot \(id), which step \(step.step) left, is not in the store any more",
                    fix: "start the run again")
            }
            run[result: step.step] = LiveRun.StepResult(snapshot: snapshot, wasExecuted: status == .passed)
        }
    }

    private func restoreImages(of run: LiveRun) async throws(Failure) {
        for (text, digest) in run.requestFolder.keptImages() {
            let hold = imageHolds.hold([digest])
            guard let image = try await catalog.settledImage(digest) else { continue }
            run.keep(image, as: try ResourceName(text, kind: "image"), hold)
        }
    }

    /// Ends a run on record that can't go on, and takes its request away.
    private func endLeft(_ record: RunRecord, _ failure: Failure) async throws(Failure) {
        do {
            try await endOnRecord(record, because: failure)
            let folder = RunRequestFolder(of: record.id, in: sandbox.mountsDirectory)
            try await onBlockingThread { try folder.remove() }
        } catch {
            throw Failure.wrapping(error, to: "end run \(record.id)")
        }
    }
}

extension Event.StepEnd {
    /// As far as the catalog knows.
    fileprivate init(_ record: RunStepRecord, _ status: StepStatus) {
        self.init(
            step: record.step, status: status, exitCode: record.exitCode, milliseconds: record.milliseconds,
            snapshot: record.snapshot,
            error: record.errorCode.map { code in
                Failure(
                    code, "step \(record.step) ended so while the daemon was restarted",
                    fix: "see the daemon's log of that time")
            })
    }
}
