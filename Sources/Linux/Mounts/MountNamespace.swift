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
        guard let own = try? Descriptor.openFile("/proc/self/ns/mnt").status(),
            let first = try? Descriptor.openFile("/proc/1/ns/mnt").status()
        else { return .unknown }
        return own.isSameFile(as: first) ? .host : .own
    }
}
