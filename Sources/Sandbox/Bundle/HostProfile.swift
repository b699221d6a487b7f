import Glibc
package import Linux
package import Model
import SystemPackage

/// What of the machine, and of the daemon's own rights on it, decides how a bundle may look.
package struct HostProfile: Sendable {
    /// Names of the capabilities in the daemon's bounding set: nobody below can have more.
    package var capabilities: Set<String>
    /// Hard limits of the daemon.
    package var hardLimits: [ResourceLimit.Kind: UInt64]
    /// The daemon's own, which its children get.
    package var oomScoreAdjustment: Int
    package var hasSwap: Bool
    package var kernel: KernelRelease
    package var architecture: MachineArchitecture
    package var cgroups: ControlGroupLayout

    /// Looks at this machine.
    package static func current() throws(Failure) -> HostProfile {
        do {
            let status = try read("/proc/self/status")
            let mask = status.split(separator: "\n").first { $0.hasPrefix("CapBnd:") }
            let bounding =
                mask.flatMap { UInt64($0.dropFirst(7).trimmingPrefix { $0 == "\t" }, radix: 16) } ?? 0
            return HostProfile(
                capabilities: Set(
                    capabilityNames.enumerated().filter { bounding >> $0.offset & 1 == 1 }.map(\.element)),
                hardLimits: hardLimits(),
                oomScoreAdjustment: Int(try read("/proc/self/oom_score_adj").filter { $0 != "\n" }) ?? 0,
                hasSwap: (try? read("/proc/swaps"))?.split(separator: "\n").count ?? 0 > 1,
                kernel: .current,
                architecture: .current, cgroups: try ControlGroupLayout.detect())
        } catch {
            throw Failure(
                .runtimeFailed, "what this machine offers can't be read below /proc and /sys: \(error)",
                fix: "mount /proc and /sys/fs/cgroup where varved runs")
        }
    }

    private static func read(_ path: String) throws(Errno) -> String {
        String(decoding: try Descriptor.openFile(path).readAll(limit: 1 << 16), as: UTF8.self)
    }

    private static func hardLimits() -> [ResourceLimit.Kind: UInt64] {
        var limits: [ResourceLimit.Kind: UInt64] = [:]
        for kind in ResourceLimit.Kind.allCases {
            var limit = rlimit()
            // SAFETY: `limit` outlives the call.
            if unsafe getrlimit(kind.resource, &limit) == 0 { limits[kind] = UInt64(limit.rlim_max) }
        }
        return limits
    }

    /// By number, from `linux/capability.h`.
    private static let capabilityNames = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
        "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN",
        "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND",
        "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]
}

extension ResourceLimit.Kind {
    fileprivate var resource: CInt {
        let resource =
            switch self {
            case .openFiles: RLIMIT_NOFILE
            case .coreSize: RLIMIT_CORE
            case .processes: __RLIMIT_NPROC
            case .lockedMemory: __RLIMIT_MEMLOCK
            case .stack: RLIMIT_STACK
            }
        return CInt(bitPattern: resource.rawValue)
    }
}
