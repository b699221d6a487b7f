import Linux
import SystemPackage

/// The process of a supervisor, for all who wait for it.
final class SupervisorProcess: Sendable {
    let handle: ProcessHandle

    init(_ handle: consuming ProcessHandle) { self.handle = handle }

    /// The process that holds the lock of a bundle, and does so after the handle was made, which then is its own; nil
    /// for none.
    static func holding(_ bundle: borrowing Directory) throws(Errno) -> SupervisorProcess? {
        guard let lock = try SupervisorLock(of: bundle), let pid = try lock.holder() else { return nil }
        let process: SupervisorProcess
        do {
            process = SupervisorProcess(try ProcessHandle(opening: pid))
        } catch .noSuchProcess {
            return nil
        }
        guard try lock.holder() == pid else { return nil }
        return process
    }
}
