/// What container engines give and keep from a container when nobody says otherwise (podman 4,
/// containers/common).
enum ContainerDefaults {
    /// Podman's default set. Docker's has NET_RAW, MKNOD and AUDIT_WRITE too; with NET_RAW a step could get
    /// round the unreachable link-local route of its private network.
    static let capabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
        "CAP_SETFCAP",
        "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ]

    static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/dev/block",
        "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/selinux",
    ]

    static let readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    static let mounts: [OCISpecification.Mount] = [
        .init("/proc", type: "proc", ["nosuid", "noexec", "nodev"]),
        .init("/dev", type: "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        .init(
            "/dev/pts", type: "devpts",
            ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        .init("/dev/shm", type: "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=1g"]),
        .init("/dev/mqueue", type: "mqueue", ["nosuid", "noexec", "nodev"]),
        .init("/sys", type: "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
        .init("/sys/fs/cgroup", type: "cgroup", ["nosuid", "noexec", "nodev", "relatime", "ro"]),
    ]
}
