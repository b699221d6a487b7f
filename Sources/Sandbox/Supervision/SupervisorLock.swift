package import Linux
package import SystemPackage

/// The lock that a step's supervisor holds in the bundle for as long as it lives.
///
/// Only a bundle of the daemon's own has one. In a lease's, the holder could name any process with a lock, and have
/// whoever opens the file wait.
package struct SupervisorLock: ~Copyable {
    private let file: Descriptor

    /// Nil where no supervisor ever came to work. Blocks.
    package init?(of bundle: borrowing Directory) throws(Errno) {
        let user = CurrentUser.identifier
        guard try bundle.status().uid == user, let file = try bundle.statusIfPresent("supervisor.lock"),
            file.kind == .file, file.uid == user
        else { return nil }
        self.file = try bundle.openFile("supervisor.lock", [.readWrite, .nonBlocking])
    }

    /// The supervisor's process; nil for one that has ended.
    package func holder() throws(Errno) -> Int32? { try file.lockHolder() }
}
