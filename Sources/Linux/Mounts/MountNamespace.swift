import SystemPackage

/// Who sees the mounts that a process makes.
package enum MountNamespace: String, Sendable {
    /// The machine's first process, and with it everybody else.
    case host
    /// Those alone who are in the process's own namespace.
    case own
    /// That can't be told.
    case unknown

    /// Compares this process's namespace with that of process 1.
    package static var ofThisProcess: MountNamespace {
        guard let own = try? Directory(opening: "/proc/self").readLink("ns/mnt"),
            let first = try? Directory(opening: "/proc/1").readLink("ns/mnt")
        else { return .unknown }
        return own == first ? .host : .own
    }
}
