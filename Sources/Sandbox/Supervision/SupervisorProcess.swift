import Linux
import SystemPackage

/// The process of a supervisor, for all who wait for it.
final class SupervisorProcess: Sendable {
    let handle: ProcessHandle

    init(_ handle: consuming ProcessHandle) { self.handle = handle }

    /// The process that holds the lock of a bundle, and does so after the handle was made, which then is its own; nil
    /// for none.
    ///
    /// Only a bundle of the daemon's own has one. In a lease's, the holder could name any process with a lock, and have
    /// whoever opens the file wait.
    static func holding(_ bundle: borrowing Directory) throws(Errno) -> SupervisorProcess? {
        let user = CurrentUser.identifier
        guard try bundle.status().uid == user, let file = try bundle.statusIfPresent("supervisor.lock"),
            file.kind == .file, file.uid == user
        else { return nil }
        let lock = try bundle.openFile("supervisor.lock", [.readWrite, .nonBlocking])
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
