package import Linux
package import Model
import SystemPackage

extension Supervisor {
    /// Finds a step again that an earlier life of the daemon started, whether it still runs or has ended meanwhile;
    /// nil if its supervisor never came to work.
    ///
    /// A supervisor that ended without a status is found too: `wait()` then says `supervisor-lost`. Blocks.
    ///
    /// - Parameters: as those of `start`.
    package func resume(
        id: String, bundle path: String, results: borrowing Directory
    ) throws(Failure) -> RunningStep? {
        do {
            let directory = try Directory(opening: path, following: false)
            guard try directory.statusIfPresent("supervisor.lock") != nil else { return nil }
            return RunningStep(
                id: id, handle: try Self.supervisor(holding: directory), bundle: try OCIBundle(path: path),
                results: try results.reopened(), filters: filters, configuration: configuration)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .supervisorLost, "step \(id) can't be found again: \(error)", fix: "run it again")
        }
    }

    /// The process that holds the lock of a bundle, and does so after the handle was made, which then is its own.
    private static func supervisor(holding bundle: borrowing Directory) throws(Errno) -> SupervisorProcess? {
        let lock = try bundle.openFile("supervisor.lock", .readWrite)
        guard let pid = try lock.lockHolder() else { return nil }
        let process: SupervisorProcess
        do {
            process = SupervisorProcess(try ProcessHandle(opening: pid))
        } catch .noSuchProcess {
            return nil
        }
        guard try lock.lockHolder() == pid else { return nil }
        return process
    }
}
