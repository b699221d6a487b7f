import API
import Linux

/// Whether steps can be put into control groups with limits.
struct CgroupCheck: Check {
    let name = "cgroups"

    func findings() async -> [Wire.Finding] {
        guard let layout = try? ControlGroupLayout.detect() else {
            return failure(
                "/sys/fs/cgroup cannot be read", fix: "mount it: mount -t cgroup2 none /sys/fs/cgroup")
        }
        switch layout {
        case .v2: return fine("one hierarchy (v2)")
        case .hybrid: return fine("both hierarchies (hybrid)")
        case .v1:
            return warning(
                "one hierarchy per controller (v1): the kernel cannot end all processes of a step at once",
                fix: "boot with systemd.unified_cgroup_hierarchy=1")
        case .absent:
            return failure(
                "no control groups are mounted", fix: "mount them: mount -t cgroup2 none /sys/fs/cgroup")
        }
    }
}
