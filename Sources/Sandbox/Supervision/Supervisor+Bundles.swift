import Linux
package import Model
import SystemPackage

extension Supervisor {
    /// Writes a bundle that somebody else runs, with whatever OCI runtime he has: the isolation and the limits
    /// of a step, without its supervisor.
    ///
    /// A private network is one that the runtime makes: the way out is the holder's business. The step's control
    /// groups have its `id`, so that `StepSweep.clear(_:)` ends what runs in it.
    ///
    /// - Parameters:
    ///   - path: an existing directory of the host, with the step's tree mounted at `rootfs`.
    ///   - holder: whose the files are.
    package func writeBundle(
        for process: StepProcess, id: String, at path: String, of holder: LeaseHolder
    ) throws(Failure) {
        try shells.check(process) { () throws(Errno) in try Directory(opening: "\(path)/rootfs") }
        let specification = OCISpecification(
            process, on: host, cgroup: configuration.controlGroup.child(id).path, helper: nil,
            generatedFiles: path,
            seccomp: filters.text)
        try OCIBundle(path: path).write(
            specification, network: process.network == .none ? .none : .host, for: holder)
    }
}
