import JSON
import Model

extension OCISpecification {
    /// Where a step sees its first process's program.
    static let initPath = "/dev/varve-init"

    /// The bundle of a step on a machine.
    ///
    /// - Parameters:
    ///   - helper: the supervisor's program on the host, which is the container's first process too; nil for
    ///     a bundle that is run without a supervisor.
    ///   - generatedFiles: directory of the host with `resolv.conf`, `hosts` and `hostname`.
    init(
        _ step: StepProcess, on host: HostProfile, cgroup: String, helper: String?, generatedFiles: String,
        seccomp: JSONVerbatim?, compiledSeccomp: String? = nil
    ) {
        process = Process(step, on: host)
        if helper != nil { process.args = [Self.initPath, "init"] + process.args }
        root = Root(path: "rootfs", readonly: false)
        hostname = step.hostname
        mounts = ContainerDefaults.mounts
        mounts += ["resolv.conf", "hosts", "hostname"].map {
            .readOnlyBind("\(generatedFiles)/\($0)", at: "/etc/\($0)")
        }
        if let helper { mounts.append(.readOnlyBind(helper, at: Self.initPath)) }
        mounts += step.mounts
        linux = Linux(
            namespaces: Self.namespaces(step.network, isSupervised: helper != nil), cgroupsPath: "/" + cgroup,
            resources: Resources(step, on: host),
            maskedPaths: ContainerDefaults.maskedPaths, readonlyPaths: ContainerDefaults.readOnlyPaths,
            seccomp: seccomp)
        annotations = compiledSeccomp.map { ["run.oci.seccomp_bpf_data": $0] } ?? [:]
    }

    private static func namespaces(
        _ network: StepSpecification.NetworkMode, isSupervised: Bool
    ) -> [Namespace] {
        let common = ["pid", "ipc", "uts", "mount", "cgroup"].map { Namespace(type: $0) }
        switch network {
        case .host: return common
        case .none: return common + [Namespace(type: "network")]
        // A supervisor has entered it before it starts the runtime; else the runtime makes one.
        case .private:
            let entered = isSupervised ? "/proc/self/ns/net" : nil
            return common + [Namespace(type: "network", path: entered)]
        }
    }
}

extension OCISpecification.Process {
    fileprivate init(_ step: StepProcess, on host: HostProfile) {
        let granted = ContainerDefaults.capabilities.filter(host.capabilities.contains)
        // As engines do: another user than root keeps them in the bounding set only, for setuid programs.
        let held = step.user.uid == 0 ? granted : []
        terminal = step.terminal != nil
        consoleSize = step.terminal.map { .init(height: $0.rows, width: $0.columns) }
        user = .init(uid: step.user.uid, gid: step.user.gid, additionalGids: step.user.groups)
        args = step.command
        env = step.completeEnvironment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        cwd = step.workingDirectory
        capabilities = .init(
            bounding: granted, effective: held, permitted: held, inheritable: [], ambient: [])
        rlimits = step.resourceLimits.map { limit in
            let clamped = limit.clamped(to: host.hardLimits[limit.kind] ?? limit.hard)
            return .init(type: clamped.kind.rawValue, soft: clamped.soft, hard: clamped.hard)
        }
        // A daemon that the kernel spares must not hand that on; raising needs no capability, lowering does.
        oomScoreAdj = host.oomScoreAdjustment < 0 ? 0 : nil
    }
}

extension OCISpecification.Resources {
    fileprivate init(_ step: StepProcess, on host: HostProfile) {
        if let limit = step.limits.memory?.bytes {
            // Where nothing can be swapped out the limit may not even exist.
            memory = .init(limit: limit, swap: host.hasSwap ? limit : nil)
        }
        if let thousandths = step.limits.milliCPUs {
            cpu = .init(quota: max(1000, thousandths * 100), period: 100_000)
        }
        // One for the first process, which is not the step's.
        pids = .init(limit: (step.limits.processes ?? StepProcess.defaultProcesses) + 1)
    }
}
