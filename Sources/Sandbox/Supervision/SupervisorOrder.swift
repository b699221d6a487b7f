import Linux
import Model
import SystemPackage

/// Arguments and descriptors of one supervisor, as `supervise.h` describes them.
struct SupervisorOrder: ~Copyable {
    let arguments: [String]
    /// Their places in the list are the numbers that the arguments name. Those of mounts and network are
    /// borrowed.
    let descriptors: [CInt]
    private let null: Descriptor
    private let log: Descriptor
    private let complaints: Descriptor

    /// - Parameters:
    ///   - network: descriptors of a network namespace, and of what else is to live as long.
    ///   - interaction: who works with the command, instead of a log.
    init(
        _ process: StepProcess, id: String, tree: borrowing StepTree, bundle: String,
        results: borrowing Directory, network: [CInt] = [], interaction: StepInteraction? = nil,
        configuration: SandboxConfiguration, hidesUnified: Bool
    ) throws(Errno) {
        let null = try Descriptor.openFile("/dev/null", .readWrite)
        let log = try results.openFile("log", [.writeOnly, .create, .append])
        let complaints = try results.openFile("supervisor.log", [.writeOnly, .create, .append])
        var descriptors = [null.raw, log.raw, complaints.raw, results.raw]
        var arguments = [
            "run", "--id=\(id)", "--bundle=\(bundle)", "--runtime=\(configuration.runtime.path)",
            "--cgroup=\(configuration.controlGroup.child(id).path)",
            "--log-limit=\((process.limits.log ?? StepProcess.defaultLog).bytes)",
            "--grace=\(configuration.grace.milliseconds)",
        ]
        if hidesUnified { arguments.append("--hide-unified") }
        if configuration.runtime.needsDelete { arguments.append("--delete") }
        if let namespace = network.first {
            arguments.append("--network=\(descriptors.count)")
            descriptors += [namespace] + network.dropFirst()
        }
        if let interaction {
            arguments.append("--tie=\(descriptors.count)")
            descriptors.append(interaction.tie)
            switch interaction.kind {
            case .console(let path): arguments.append("--console=\(path)")
            case .streams(let input, let output, let errors):
                let first = descriptors.count
                arguments.append("--streams=\(first):\(first + 1):\(first + 2)")
                descriptors += [input, output, errors]
            }
        }
        for mount in tree.mounts {
            arguments.append("--mount=\(descriptors.count):\(mount.isReadOnly ? "ro" : "rw"):\(mount.target)")
            descriptors.append(mount.descriptor)
        }
        self.arguments = arguments
        self.descriptors = descriptors
        self.null = null
        self.log = log
        self.complaints = complaints
    }

    /// Starts the supervisor.
    func spawn(_ program: String) throws(Errno) -> ProcessHandle {
        // Nothing of the daemon's environment: runtimes react to NOTIFY_SOCKET and LISTEN_FDS. Signals blocked:
        // a stop that comes before the supervisor listens is kept for it.
        try ProcessHandle.spawn(
            program, arguments: arguments, environment: ["PATH=\(StepProcess.defaultPath)"],
            descriptors: descriptors, blockingSignals: true)
    }
}
