package import SystemPackage

/// How control groups are mounted on this host.
package enum ControlGroupLayout: Sendable {
    /// One hierarchy per controller.
    case v1
    /// One hierarchy per controller, and a v2 one beside them at `unified`.
    case hybrid
    /// One hierarchy for all.
    case v2
    /// None where they belong.
    case absent

    /// Where control groups are mounted.
    package static let root = "/sys/fs/cgroup"

    /// Looks at `root`, as container runtimes do.
    package static func detect(at root: String = root) throws(Errno) -> ControlGroupLayout {
        let directory: Directory
        do {
            directory = try Directory(opening: root)
        } catch {
            if error == .noSuchFileOrDirectory { return .absent }
            throw error
        }
        if try directory.fileSystemStatus().type == .cgroup2 { return .v2 }
        let names = try directory.entryNames()
        if names.contains(Array("unified".utf8)),
            try directory.openDirectory("unified").fileSystemStatus().type == .cgroup2
        {
            return .hybrid
        }
        for name in names where try directory.status(name).kind == .directory {
            if try directory.openDirectory(name).fileSystemStatus().type == .cgroup { return .v1 }
        }
        return .absent
    }
}
