package import Linux
package import Model
import SystemPackage

extension Supervisor {
    /// Finds a step again that an earlier life of the daemon started, whether it still runs or has ended meanwhile;
    /// nil if its supervisor never came to work, and for a bundle that is not the daemon's own.
    ///
    /// A supervisor that ended without a status is found too: `wait()` then says `supervisor-lost`. Blocks.
    ///
    /// - Parameters: as those of `start`.
    package func resume(
        id: String, bundle path: String, results: borrowing Directory
    ) throws(Failure) -> RunningStep? {
        do {
            let directory = try Directory(opening: path, following: false)
            guard try SupervisorLock(of: directory) != nil else { return nil }
            return RunningStep(
                id: id, handle: try SupervisorProcess.holding(directory), bundle: try OCIBundle(path: path),
                results: try results.reopened(), filters: filters, configuration: configuration)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .supervisorLost, "step \(id) can't be found again: \(error)", fix: "run it again")
        }
    }
}
