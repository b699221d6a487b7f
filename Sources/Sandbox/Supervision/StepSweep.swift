import Glibc
import Linux
package import Model
import SystemPackage

/// Ends what earlier lives of this store's daemon left running: supervisors, and containers in the store's
/// control groups. Another store's are out of its sight.
///
/// Mounts need no sweep: they were in the namespaces of the processes that are ended here.
package struct StepSweep: Sendable {
    private let configuration: SandboxConfiguration

    package init(_ configuration: SandboxConfiguration) { self.configuration = configuration }

    /// Ends all steps of the store but those with the identifiers in `keeping`. Blocks until they are gone.
    package func run(keeping: Set<String> = []) throws(Failure) {
        for id in steps() where !keeping.contains(id) { try end(id) }
        guard !keeping.isEmpty else { return try clear(configuration.controlGroup) }
        for id in try groups() where !keeping.contains(id) { try clear(configuration.controlGroup.child(id)) }
    }

    /// Ends one step. Blocks until it is gone.
    package func run(step id: String) throws(Failure) {
        try end(id)
        try clear(configuration.controlGroup.child(id))
    }

    /// Removes the store's control groups as far as nothing is in them.
    package func removeEmptyGroups() {
        configuration.controlGroup.removeIfEmpty()
    }

    private func steps() -> [String] {
        let names = try? Directory(opening: configuration.mountsDirectory).entryNames()
        return (names ?? []).map { String(decoding: $0, as: UTF8.self) }
    }

    private func groups() throws(Failure) -> Set<String> {
        do {
            return try configuration.controlGroup.children()
        } catch {
            throw unreadable(configuration.controlGroup, error)
        }
    }

    /// Kills the supervisor first, so that it starts nothing more; its runtime dies with it.
    private func end(_ id: String) throws(Failure) {
        guard
            let bundle = try? Directory(opening: "\(configuration.mountsDirectory)/\(id)", following: false),
            let lock = try? bundle.openFile("supervisor.lock", .readWrite),
            let pid = try? lock.lockHolder(), let supervisor = try? ProcessHandle(opening: pid),
            // Still the same one, so the handle is his.
            (try? lock.lockHolder()) == pid
        else { return }
        try? supervisor.signal(SIGKILL)
        guard (try? supervisor.waitBlocking(for: .seconds(10))) == true else {
            throw busy("the supervisor of step \(id) (process \(pid))")
        }
        supervisor.reap()
    }

    private func unreadable(_ group: ControlGroup, _ error: Errno) -> Failure {
        Failure(
            .storageFailed, "the control groups \(group.path) can't be removed: \(error)",
            fix: "check that /sys/fs/cgroup is writable for varved")
    }

    private func clear(_ group: ControlGroup) throws(Failure) {
        let left: [Int32]
        do {
            left = try group.clear()
        } catch {
            throw unreadable(group, error)
        }
        guard left.isEmpty else {
            throw busy(
                "processes \(left.prefix(8).map(String.init).joined(separator: ", ")) in \(group.path)")
        }
    }

    private func busy(_ what: String) -> Failure {
        Failure(
            .treeBusy, "the kernel does not end \(what)",
            fix:
                "look at what they wait for (/proc/PID/stack, a hanging file system), or restart the machine"
        )
    }
}
