import Catalog
import Layers
import Linux
import Logging
import Model
import Sandbox
import SystemPackage

extension Engine {
    /// Prepares a step's tree, runs its command below a supervisor, and commits what it left.
    ///
    /// When the task is cancelled the step's processes are ended, and everything of it is gone when this
    /// returns.
    ///
    /// Bundle, log and status stay, as `remains`, until the caller has put the end on record.
    func execute(
        _ work: StepWork, log: ExecutionLog, remains: StepRemains, isShared: Bool
    ) async -> StepExecution.Outcome {
        defer { log.end() }
        do {
            try await admit("step \(work.step.key)", within: configuration.diskWait) { state in
                tell(
                    work.run,
                    [
                        .warning(
                            code: "disk-wait", detail: "step \(work.step.key) waits for room: \(state.words)")
                    ])
            }
            counts.change { $0.executing += 1 }
            defer { counts.change { $0.executing -= 1 } }
            let ground = try await ground(of: work.subject)
            let hold = try await hold(ground.layers, for: "step \(work.step.key)")
            defer { withExtendedLifetime(hold) {} }
            tell(work.run, ground.mounts.events)
            let process = try process(for: work.subject, on: ground)
            let network = process.network == .private ? try await sandbox.networks.take() : nil
            let number = try await numbers.next()
            remains.begin(
                StepRemains.Place(bundle: sandbox.bundle(of: number), position: work.position))
            let mark = StepMark(work, ground, number: number, isShared: isShared)
            let watch = watchDisk(of: "step \(work.step.key)", limit: ground.limits.disk, at: number)
            defer { disk.forget(watch) }
            let started = try await start(mark, work, process, ground, network)
            watch.began { started.step.stop(grace: TimeSpan(seconds: 0)) }
            let report = try await report(of: started, mark, watch, to: log)
            return try .ended(await conclude(work, report, started, mark, watch, remains))
        } catch {
            await emptyGraveyardIfExhausted()
            return .failed(Failure.wrapping(error, to: "run step \(work.step.key)"))
        }
    }

    private func start(
        _ mark: StepMark, _ work: StepWork, _ process: StepProcess, _ ground: StepGround,
        _ network: PrivateNetwork?
    ) async throws -> StartedStep {
        let (number, id) = (mark.number, "\(mark.number)")
        let (supervisor, bundle) = (sandbox.supervisor, sandbox.bundle(of: number))
        let (run, position, isReadOnly) = (work.run.id, work.position, work.step.workspace == .readOnly)
        return try await onBlockingThread { [layers, store] in
            var mounted = try PreparedStep(
                number, on: ground.stepLayers, in: layers, limit: ground.limits.disk
            ).mount()
            guard let taken = mounted.takeMounts() else { throw Errno.badFileDescriptor }
            let tree = taken.intoTree(workspaceAt: StepPlaces.standard.workspace, readOnly: isReadOnly)
            try Directory.makeFolders("\(bundle)/rootfs", mode: 0o700)
            // Before the supervisor: what runs can be found again from its first moment on.
            try mark.write(to: try Directory(opening: bundle, following: false))
            let results = try store.makeStepDirectory(run: run, position: position)
            var process = process
            process.mounts += try SecretFiles.write(
                ground.mounts.secretFiles, for: ground.user, in: bundle)
            let step = try supervisor.start(
                process, id: id, tree: tree, bundle: bundle, results: results, network: network)
            return StartedStep(step: step, tree: Parcel(mounted))
        }
    }

    /// What came of the command, and the commit if it passed.
    func conclude(
        _ work: StepWork, _ report: StepReport, _ started: StartedStep, _ mark: StepMark,
        _ watch: StepDiskWatch, _ remains: StepRemains
    ) async throws -> StepRunResult {
        var end = StepConclusion(report, of: work.step, within: limits(of: mark, work))
        if !Task.isCancelled, let failure = await diskFailure(of: watch, passed: end.status == .passed) {
            end = StepConclusion(endedFor: failure)
        } else if !Task.isCancelled, report.wasStopped, watch.verdict == nil,
            [.passed, .failed].contains(end.status)
        {
            // By an earlier life of the daemon that could not say why, or from outside.
            end = StepConclusion(
                endedFor: Failure(
                    .supervisorLost, "step \(work.step.key) was stopped before its command had ended",
                    fix: "start the run again; the system's log may say who stopped it"))
        }
        guard end.status == .passed, !Task.isCancelled, let tree = started.tree else {
            if let tree = started.tree {
                if end.status == .failed, !Task.isCancelled {
                    let origin = work.subject.origin(for: remains.narrator ?? work.narrator)
                    try await keepFailed(tree, from: origin, milliseconds: report.milliseconds)
                } else {
                    try await discard(tree)
                }
            }
            await emptyGraveyardIfExhausted()
            if Task.isCancelled { throw CancellationError() }
            return StepRunResult(end, report, snapshot: nil)
        }
        // Not after the daemon was asked to leave: the next one commits it.
        await commits.enter()
        defer { commits.leave() }
        if let bundle = remains.bundle {
            try await onBlockingThread {
                try StepMark.noteCommit(in: try Directory(opening: bundle, following: false))
            }
        }
        // The run that began the step may have ended long ago.
        let narrator = remains.narrator ?? work.narrator
        let (snapshot, events) = try await commitStep(
            tree, mark, from: work.subject.origin(for: narrator), milliseconds: report.milliseconds)
        tell(narrator.run, events)
        return StepRunResult(end, report, snapshot: snapshot)
    }

    /// Takes away what only the running step needed; what resists is left to the next start.
    func clean(_ remains: StepRemains) async {
        guard let place = remains.take() else { return }
        do {
            try await onBlockingThread { [store] in
                try Directory.removeTree(at: place.bundle)
                try store.removeStepDirectory(run: remains.run, position: place.position)
            }
        } catch {
            logger.warning(
                "a step's working files stay behind",
                metadata: ["path": "\(place.bundle)", "error": "\(error)"])
        }
        upkeep.request()
    }
}

extension StepReport {
    var milliseconds: Int64 { (ended.nanoseconds - started.nanoseconds) / 1_000_000 }
}

extension StepRunResult {
    init(_ end: StepConclusion, _ report: StepReport, snapshot: KeptSnapshot?) {
        self.init(
            status: end.status, exitCode: end.exitCode, error: end.failure,
            milliseconds: report.milliseconds, snapshot: snapshot)
    }
}

extension StepMounts {
    /// The mounts in the order in which the supervisor attaches them.
    consuming func intoTree(workspaceAt target: StepPath, readOnly: Bool) -> StepTree {
        separate { system, workspace, volumes in
            var tree = StepTree(root: Descriptor(adopting: system.release()))
            if let workspace {
                tree.attach(Descriptor(adopting: workspace.release()), at: target.text, readOnly: readOnly)
            }
            var volumes = volumes
            volumes.takeAll { mount, target in
                tree.attach(
                    Descriptor(adopting: mount.release()),
                    at: "/" + String(decoding: target.bytes, as: UTF8.self))
            }
            return tree
        }
    }
}
