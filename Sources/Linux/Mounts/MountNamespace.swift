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
        guard let own = try? Directory(opening: "/proc/self").namespace(.mount),
            let first = try? Directory(opening: "/proc/1").namespace(.mount)
        else { return .unknown }
        return own == first ? .host : .own
    }
}
