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

    /// Ends all steps of the store but those with the identifiers in `keeping`. Blocks until they are gone; what
    /// resists keeps no other from its end, and is the answer.
    package func run(keeping: Set<String> = []) -> [Failure] {
        var resisting: [Failure] = []
        func note(_ body: () throws(Failure) -> Void) {
            do throws(Failure) {
                try body()
            } catch {
                resisting.append(error)
            }
        }
        for id in steps() where !keeping.contains(id) { note { () throws(Failure) in try end(id) } }
        var groups: Set<String> = []
        note { () throws(Failure) in groups = try self.groups() }
        for id in groups where !keeping.contains(id) { note { () throws(Failure) in try clear(id) } }
        removeEmptyGroups()
        return resisting
    }

    /// Ends one step. Blocks until it is gone.
    func run(step id: String) throws(Failure) {
        try end(id)
        try clear(id)
    }

    /// Ends what runs in the control groups of one step, which is all there is of a bundle that somebody else runs.
    /// Blocks until it is gone.
    package func clear(_ id: String) throws(Failure) {
        let group = configuration.controlGroup.child(id)
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
            let supervisor = try? SupervisorProcess.holding(bundle)
        else { return }
        try? supervisor.handle.signal(SIGKILL)
        guard (try? supervisor.handle.waitBlocking(for: .seconds(10))) == true else {
            throw busy("the supervisor of step \(id) (process \(supervisor.handle.pid))")
        }
        supervisor.handle.reap()
    }

    private func unreadable(_ group: ControlGroup, _ error: Errno) -> Failure {
        Failure(
            .storageFailed, "the control groups \(group.path) can't be removed: \(error)",
            fix: "check that /sys/fs/cgroup is writable for varved")
    }

    private func busy(_ what: String) -> Failure {
        Failure(
            .treeBusy, "the kernel does not end \(what)",
            fix:
                "look at what they wait for (/proc/PID/stack, a hanging file system), or restart the machine"
        )
    }
}
