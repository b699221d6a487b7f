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

extension ControlGroupLayout {
    /// The name of the slice that this project's units have for the daemon and its steps.
    static let ownSlice = "varve.slice"

    /// `varve.slice` where this process is in it, in whichever hierarchy.
    ///
    /// - Parameter table: as `/proc/self/cgroup`; by default that.
    package static func slice(of table: String? = nil) -> String? {
        let bytes = try? Descriptor.openFile("/proc/self/cgroup").readAll(limit: 1 << 16)
        let text = table ?? String(decoding: bytes ?? [], as: UTF8.self)
        let isInside = text.split(separator: "\n").contains { line in
            let path = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
            return path.hasPrefix("/\(ownSlice)/")
        }
        return isInside ? ownSlice : nil
    }
}
