package import Model

/// What runs in a step's tree, and how it is held: everything an OCI bundle needs but the tree itself.
package struct StepProcess: Sendable {
    /// Where programs are looked for when the environment does not say.
    package static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    package static let defaultProcesses: Int64 = 16384
    package static let defaultLog = ByteSize(bytes: 1 << 30)

    /// Program and arguments; a program without a slash is looked for in the environment's `PATH`, inside the
    /// tree.
    package var command: [String]
    /// The whole environment. `PATH` and `HOME` are added where they are missing.
    package var environment: [String: String]
    package var workingDirectory: String
    package var user: StepUser
    package var network: StepSpecification.NetworkMode
    /// Of these `memory`, `milliCPUs` and `processes` are enforced by the runtime, `log` by the supervisor.
    package var limits: StepSpecification.Limits
    package var hostname: String
    /// The size of the terminal it runs on; nil without one.
    package var terminal: TerminalSize?
    /// Mounts beside those every step gets, in order.
    package var mounts: [OCISpecification.Mount]
    /// Clamped to what the daemon itself may have.
    package var resourceLimits: [ResourceLimit]
    /// What its root is made of, the uppermost first, if nothing but a workspace is mounted in it; else empty.
    package var rootLayers: [LayerID] = []

    package init(
        command: [String], environment: [String: String] = [:], workingDirectory: String = "/",
        user: StepUser = .root, network: StepSpecification.NetworkMode = .private,
        limits: StepSpecification.Limits = .init(), hostname: String = "varve", terminal: TerminalSize? = nil,
        mounts: [OCISpecification.Mount] = [], resourceLimits: [ResourceLimit] = ResourceLimit.standard
    ) {
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.network = network
        self.limits = limits
        self.hostname = hostname
        self.terminal = terminal
        self.mounts = mounts
        self.resourceLimits = resourceLimits
    }

    /// `sh -c script`, as steps run.
    package static func shell(_ script: String) -> [String] { ["sh", "-c", script] }

    var searchPath: String { environment["PATH"] ?? Self.defaultPath }

    var completeEnvironment: [String: String] {
        environment.merging(["PATH": Self.defaultPath, "HOME": user.home]) { own, _ in own }
    }
}
