import Linux
package import SystemPackage

/// How control groups are mounted at `/sys/fs/cgroup`.
package enum ControlGroupLayout: Sendable, Hashable {
    /// One hierarchy (v2).
    case unified
    /// One hierarchy per controller (v1).
    case legacy
    /// v1 hierarchies, and a v2 one at `/sys/fs/cgroup/unified`.
    case hybrid

    static let root = "/sys/fs/cgroup"

    package static func current() throws(Errno) -> ControlGroupLayout {
        if try Directory(opening: root).fileSystemStatus().type == .cgroup2 { return .unified }
        do {
            let unified = try Directory(opening: root + "/unified").fileSystemStatus().type
            return unified == .cgroup2 ? .hybrid : .legacy
        } catch .noSuchFileOrDirectory {
            return .legacy
        }
    }
}
