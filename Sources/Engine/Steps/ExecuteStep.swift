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
    func execute(_ work: StepWork, log: ExecutionLog) async -> StepExecution.Outcome {
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
            let process = try process(for: work.subject, on: ground)
            let network = process.network == .private ? try await sandbox.networks.take() : nil
            let number = try await numbers.next()
            return try .ended(await carryOut(work, process, ground, number, network, log))
        } catch {
            return .failed(Failure.wrapping(error, to: "run step \(work.step.key)"))
        }
    }

    private func carryOut(
        _ work: StepWork, _ process: StepProcess, _ ground: StepGround, _ number: LayerID,
        _ network: PrivateNetwork?, _ log: ExecutionLog
    ) async throws -> StepRunResult {
        let (tree, report): (Parcel<MountedStep>, StepReport)
        let watch = watchDisk(of: work.step, at: number)
        defer { disk.forget(watch) }
        do {
            let started = try await start(work, process, ground, number, network)
            tree = started.tree
            watch.began { started.step.stop(grace: TimeSpan(seconds: 0)) }
            do {
                try log.begin(started.step)
                report = try await withTaskCancellationHandler {
                    try await started.step.wait()
                } onCancel: {
                    started.step.stop()
                }
            } catch {
                let failure = Task.isCancelled ? nil : await diskFailure(of: watch, passed: false)
                await abandon(started)
                throw failure ?? error
            }
            log.end()
        } catch {
            await clean(work, number)
            await makeRoomIfExhausted()
            throw error
        }
        // What only the command needed goes while what it left is looked at.
        async let cleaned: Void = clean(work, number)
        let result = try await conclude(work, report, tree, watch)
        await cleaned
        return result
    }

    private func start(
        _ work: StepWork, _ process: StepProcess, _ ground: StepGround, _ number: LayerID,
        _ network: PrivateNetwork?
    ) async throws -> StartedStep {
        let id = "\(number)"
        let (supervisor, mounts) = (sandbox.supervisor, sandbox.mountsDirectory)
        let (run, position, isReadOnly) = (work.run.id, work.position, work.step.workspace == .readOnly)
        return try await onBlockingThread { [layers, store] in
            var mounted = try PreparedStep(number, on: ground.stepLayers, in: layers).mount()
            guard let taken = mounted.takeMounts() else { throw Errno.badFileDescriptor }
            let tree = taken.intoTree(workspaceAt: StepPlaces.standard.workspace, readOnly: isReadOnly)
            try Directory.makeFolders("\(mounts)/\(id)/rootfs", mode: 0o700)
            let results = try store.makeStepDirectory(run: run, position: position)
            let step = try supervisor.start(
                process, id: id, tree: tree, bundle: "\(mounts)/\(id)", results: results, network: network)
            return StartedStep(step: step, tree: Parcel(mounted))
        }
    }

    /// What came of the command, and the commit if it passed.
    private func conclude(
        _ work: StepWork, _ report: StepReport, _ tree: Parcel<MountedStep>, _ watch: StepDiskWatch
    ) async throws -> StepRunResult {
        var end = StepConclusion(report, of: work.step, logLimit: configuration.logLimit)
        if !Task.isCancelled, let failure = await diskFailure(of: watch, passed: end.status == .passed) {
            end = StepConclusion(endedFor: failure)
        }
        let milliseconds = (report.ended.nanoseconds - report.started.nanoseconds) / 1_000_000
        guard end.status == .passed, !Task.isCancelled else {
            try await discard(tree)
            await makeRoomIfExhausted()
            if Task.isCancelled { throw CancellationError() }
            return StepRunResult(
                status: end.status, exitCode: end.exitCode, error: end.failure, milliseconds: milliseconds,
                snapshot: nil)
        }
        let snapshot = try await commit(
            work.subject.origin(maker: work.run.id), tree, milliseconds: milliseconds)
        return StepRunResult(
            status: .passed, exitCode: end.exitCode, error: nil, milliseconds: milliseconds,
            snapshot: snapshot)
    }

    /// Ends a step that can't be followed to its end, so that nothing of it runs on in what is cleaned away.
    private func abandon(_ started: StartedStep) async {
        started.step.stop(grace: TimeSpan(seconds: 0))
        _ = try? await started.step.wait()
        do {
            try await discard(started.tree)
        } catch {
            logger.warning(
                "what a step wrote stays behind",
                metadata: ["step": "\(started.step.id)", "error": "\(error)"])
        }
    }

    private func discard(_ tree: Parcel<MountedStep>) async throws {
        try await onBlockingThread {
            guard let mounted = tree.open() else { return }
            try mounted.released(timeout: StepGround.patience).quiet().discard()
        }
    }

    /// Takes away what only the running step needed; what resists is left to the next start.
    private func clean(_ work: StepWork, _ number: LayerID) async {
        let (run, position, bundle) = (work.run.id, work.position, "\(sandbox.mountsDirectory)/\(number)")
        do {
            try await onBlockingThread { [store] in
                try Directory.removeTree(at: bundle)
                try store.removeStepDirectory(run: run, position: position)
            }
        } catch {
            logger.warning(
                "a step's working files stay behind", metadata: ["path": "\(bundle)", "error": "\(error)"])
        }
        upkeep.request()
    }
}

/// A step whose command runs, and its tree, which is given back when it has ended.
struct StartedStep: Sendable {
    let step: RunningStep
    let tree: Parcel<MountedStep>
}

extension StepMounts {
    /// The mounts in the order in which the supervisor attaches them.
    consuming func intoTree(workspaceAt target: String, readOnly: Bool) -> StepTree {
        separate { system, workspace in
            var tree = StepTree(root: Descriptor(adopting: system.release()))
            if let workspace {
                tree.attach(Descriptor(adopting: workspace.release()), at: target, readOnly: readOnly)
            }
            return tree
        }
    }
}
