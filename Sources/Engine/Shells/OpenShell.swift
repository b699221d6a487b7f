import Catalog
import Layers
import Linux
import Logging
package import Model
import Sandbox
import Synchronization
import SystemPackage

extension Engine {
    /// Opens a shell in what a step left behind, as the step ran: its user, environment, network, limits and
    /// workspace. What is written in it is kept nowhere.
    ///
    /// - Parameter reach: where the snapshot or run is looked for.
    /// - Throws: `not-found`, `conflict` for a step that has not ended, `revision-gone`, `too-many`,
    ///   `shell-missing`, and what preparing a step throws.
    package func openShell(
        _ request: ShellRequest, for scope: Scope, reach: Reach
    ) async throws(Failure) -> Shell {
        let admission = try shells.admit(for: scope)
        do {
            let shell = try await open(request, reach, admission)
            shells.begin(shell, as: admission)
            return shell
        } catch {
            shells.remove(admission)
            throw Failure.wrapping(error, to: "open a shell")
        }
    }

    private func open(
        _ request: ShellRequest, _ reach: Reach, _ admission: Int
    ) async throws -> Shell {
        try await admitRequest("the shell")
        // Until its layers are held.
        var kept: [SnapshotHolds.Hold] = []
        defer { withExtendedLifetime(kept) {} }
        let ground = try await ground(for: request.place, in: reach) { kept.append(snapshotHolds.hold([$0])) }
        let (layers, user) = try await trees(
            on: ground.image, ground.snapshot, ground.ingest, as: ground.declared.workspace,
            user: ground.declared.user, ground.places, of: "step \(ground.declared.step)")
        let hold = try await hold(layers.trees.map(\.id), for: "the shell")
        let limits = configuration.limits(for: ground.declared.limits)
        let process = ground.process(for: request, user: user, within: limits)
        let network = process.network == .private ? try await sandbox.networks.take() : nil
        let number = try await numbers.next()
        let started: StartedShell
        do {
            started = try await start(
                process, layers, ground.places, number, network,
                limit: limits.disk)
        } catch {
            await clean(shell: number)
            throw error
        }
        let notes = ground.notes
        guard let channels = started.channels?.open() else {
            // No terminal came: the runtime could not make the container.
            let end = await finish(started, number) { nil }
            withExtendedLifetime(hold) {}
            if case .failed(let failure) = end { throw failure }
            throw Failure(
                .runtimeFailed, "the runtime sent no terminal for the shell", fix: "see the daemon's log")
        }
        let shell = Shell(started.step, channels, notes: notes)
        let watch = watchDisk(
            of: "the shell in step \(ground.declared.step)", limit: limits.disk, at: number)
        watch.began { [weak shell, weak watch] in
            if let failure = watch?.verdict { shell?.end(because: failure) }
        }
        shell.begin { [self, weak shell] in
            let end = await finish(started, number) { watch.verdict ?? shell?.cause }
            disk.forget(watch)
            withExtendedLifetime(hold) {}
            shells.remove(admission)
            return end
        }
        return shell
    }

    private func start(
        _ process: StepProcess, _ layers: StepLayers, _ places: StepPlaces, _ number: LayerID,
        _ network: PrivateNetwork?, limit: ByteSize?
    ) async throws -> StartedShell {
        let bundle = sandbox.bundle(of: number)
        let supervisor = sandbox.supervisor
        return try await onBlockingThread(of: Shell.threads) { [store = self.layers] in
            var mounted = try PreparedStep(number, on: layers, in: store, limit: limit).mount()
            guard let taken = mounted.takeMounts() else { throw Errno.badFileDescriptor }
            let tree = taken.intoTree(
                workspaceAt: places.workspace, readOnly: layers.workspace.mode == .readOnly)
            try Directory.makeFolders("\(bundle)/rootfs", mode: 0o700)
            try Directory.makeFolders("\(bundle)/results", mode: 0o700)
            let results = try Directory(opening: "\(bundle)/results", following: false)
            let tie = try Pipe()
            guard process.terminal != nil else {
                let input = try Pipe()
                let output = try Pipe()
                let errors = try Pipe()
                let step = try supervisor.start(
                    process, id: "\(number)", tree: tree, bundle: bundle, results: results, network: network,
                    interaction: StepInteraction(
                        tie: tie.reading.raw,
                        kind: .streams(
                            input: input.reading.raw, output: output.writing.raw, errors: errors.writing.raw))
                )
                let channels = Shell.Channels(
                    input: Mutex(input.intoWriting()), output: output.intoReading(),
                    errors: errors.intoReading(), tie: tie.intoWriting())
                return StartedShell(step: step, tree: Parcel(mounted), channels: Parcel(channels))
            }
            let console = "\(bundle)/console"
            let listener = try Descriptor.unixStreamSocket()
            try listener.bind(to: UnixSocketAddress(console))
            try listener.listen(backlog: 1)
            let step = try supervisor.start(
                process, id: "\(number)", tree: tree, bundle: bundle, results: results, network: network,
                interaction: StepInteraction(tie: tie.reading.raw, kind: .console(path: console)))
            guard let terminal = (try? step.terminal(over: listener)) ?? nil else {
                step.stop(grace: TimeSpan(seconds: 0))
                return StartedShell(step: step, tree: Parcel(mounted), channels: nil)
            }
            let channels = Shell.Channels(
                input: Mutex(nil), output: terminal, errors: nil, tie: tie.intoWriting())
            return StartedShell(step: step, tree: Parcel(mounted), channels: Parcel(channels))
        }
    }

    /// Waits for the shell's end, and takes away all it had.
    private func finish(
        _ started: StartedShell, _ number: LayerID, _ cause: @Sendable () -> Failure?
    ) async -> ShellEnd {
        let end: ShellEnd
        do throws(Failure) {
            end = ShellEnd(try await started.step.wait(), cause())
        } catch {
            end = .failed(error)
        }
        do {
            try await discard(started.tree)
        } catch {
            logger.warning(
                "what was written in a shell stays behind",
                metadata: ["shell": "\(number)", "error": "\(error)"])
        }
        await clean(shell: number)
        upkeep.request()
        return end
    }

    /// What resists is left to the next start.
    private func clean(shell number: LayerID) async {
        let bundle = sandbox.bundle(of: number)
        do {
            try await onBlockingThread { try Directory.removeTree(at: bundle) }
        } catch {
            logger.warning(
                "a shell's working files stay behind", metadata: ["path": "\(bundle)", "error": "\(error)"])
        }
    }
}

/// A shell's container as it was started.
private struct StartedShell: Sendable {
    let step: RunningStep
    let tree: Parcel<MountedStep>
    /// Nil when no terminal came.
    let channels: Parcel<Shell.Channels>?
}

extension ShellEnd {
    /// - Parameter cause: why it was ended, if somebody has.
    fileprivate init(_ report: StepReport, _ cause: Failure?) {
        if report.wasStopped, let cause {
            self = .failed(cause)
            return
        }
        switch report.exit {
        case .exited, .signalled, .outOfMemory: self = .exited(report.exit.code ?? 1)
        case .runtimeFailed(let words):
            self = .failed(
                Failure(
                    .runtimeFailed, "the shell can't be started: \(words)",
                    fix: "check the runtime with ‘varve doctor’"))
        case .logLimit, .logFailed:
            self = .failed(
                Failure(
                    .internalError, "the shell ended over a log", fix: "report this with the daemon's log"))
        }
    }
}

extension ShellGround {
    fileprivate func process(
        for request: ShellRequest, user: StepUser, within limits: StepSpecification.Limits
    ) -> StepProcess {
        var environment = image.configuration.environment(below: declared.environment)
        if request.terminal != nil, environment["TERM"] == nil { environment["TERM"] = request.terminalType }
        return StepProcess(
            command: ["sh"], environment: environment,
            workingDirectory: places.workingDirectory(for: declared.workspace), user: user,
            network: declared.network, limits: limits, terminal: request.terminal)
    }
}
