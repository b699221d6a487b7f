package import Linux
package import Model
import SystemPackage

/// Starts steps, each below a supervisor process of its own that is not the daemon's and outlives it.
///
/// Vocabulary: a step's *tree* are the detached mounts it stands on; its *bundle* the directory from which
/// the OCI runtime starts it; its *results* the directory that keeps `log` and `status`. The caller makes and
/// removes both directories.
///
/// What is guaranteed once `RunningStep.wait()` has returned: no process of the step is left, its control
/// groups and mounts are gone, and its log is complete.
///
///     let network = try await networks.take()                         // for `private`
///     let running = try await onBlockingThread {
///         var tree = StepTree(root: system)
///         tree.attach(workspace, at: "/workspace")
///         return try supervisor.start(
///             process, id: "17", tree: tree, bundle: bundle, results: results, network: network)
///     }
///     let report = try await running.wait()
package final class Supervisor: Sendable {
    package let configuration: SandboxConfiguration
    let host: HostProfile
    let filters: SeccompFilters
    let shells = ShellLookup()

    /// Looks at the machine and at what is installed on it.
    package init(_ configuration: SandboxConfiguration) throws(Failure) {
        try configuration.runtime.check()
        self.configuration = configuration
        host = try HostProfile.current()
        let capabilities = Set(ContainerDefaults.capabilities).intersection(host.capabilities)
        filters = try SeccompFilters(
            rules: SeccompProfile.load(from: configuration.seccompProfile)
                .resolved(capabilities: capabilities, architecture: host.architecture, kernel: host.kernel))
    }

    /// Starts a step. Returns once its supervisor runs; whether the command could be started, `wait()` says.
    ///
    /// Blocks for about a millisecond. Whatever happens, the daemon's descriptors of the tree are closed.
    ///
    /// - Parameters:
    ///   - id: unique among the store's running steps; a file name.
    ///   - bundle: an existing directory of the host, empty or with an empty `rootfs`.
    ///   - results: where `log` is made, or continued, and `status` will be.
    ///   - network: needed for the network mode `private`, of no use for others.
    ///   - interaction: who works with the command; nil for a command whose output goes to the log.
    package func start(
        _ process: StepProcess, id: String, tree: consuming StepTree, bundle path: String,
        results: borrowing Directory, network: PrivateNetwork? = nil, interaction: StepInteraction? = nil
    ) throws(Failure) -> RunningStep {
        let bundle = try prepare(process, id: id, tree: tree, bundle: path)
        do {
            if try results.statusIfPresent(StatusFile.name) != nil { try results.remove(StatusFile.name) }
            let ownResults = try results.reopened()
            let handle = try launch(process, id, tree, path, results, network, interaction)
            return RunningStep(
                id: id, handle: SupervisorProcess(handle), bundle: bundle, results: ownResults,
                filters: filters,
                configuration: configuration)
        } catch {
            throw failure(error, starting: id)
        }
    }

    private func launch(
        _ process: StepProcess, _ id: String, _ tree: borrowing StepTree, _ bundle: String,
        _ results: borrowing Directory, _ network: PrivateNetwork?, _ interaction: StepInteraction?
    ) throws -> ProcessHandle {
        func spawn(_ network: [CInt]) throws(Errno) -> ProcessHandle {
            let order = try SupervisorOrder(
                process, id: id, tree: tree, bundle: bundle, results: results, network: network,
                interaction: interaction, configuration: configuration, hidesUnified: host.cgroups == .hybrid)
            return try order.spawn(configuration.helper)
        }
        guard process.network == .private else { return try spawn([]) }
        guard let handle = try network?.handOver(spawn) else { throw Self.networkMissing(id) }
        return handle
    }

    /// All that comes before the supervisor: its bundle, for a tree that has the program.
    func prepare(
        _ process: StepProcess, id: String, tree: borrowing StepTree, bundle path: String
    ) throws(Failure) -> OCIBundle {
        try shells.check(process) { () throws(Errno) in try tree.openRoot() }
        let bundle = try OCIBundle(path: path)
        let specification = OCISpecification(
            process, on: host, cgroup: configuration.controlGroup.child(id).path,
            helper: configuration.helper,
            generatedFiles: path, seccomp: filters.text, compiledSeccomp: filters.current)
        try bundle.write(specification, network: process.network)
        return bundle
    }

    private func failure(_ error: any Error, starting id: String) -> Failure {
        if let failure = error as? Failure { return failure }
        return Failure(
            .runtimeFailed, "the supervisor of step \(id) can't be started: \(error)",
            fix: "check that \(configuration.helper) can be run, and the limits of open files and processes")
    }

    private static func networkMissing(_ id: String) -> Failure {
        Failure(
            .networkFailed, "step \(id) was given no private network, or a used one",
            fix: "report this as a defect of Varve")
    }
}
