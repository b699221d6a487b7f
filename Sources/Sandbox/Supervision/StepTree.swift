import Glibc
package import Linux
import SystemPackage

/// The mounts a step's tree is made of, detached, on their way to the supervisor that attaches them.
///
/// While anybody has such a descriptor open the mount is busy: `Supervisor.start` takes the tree and closes
/// what is the daemon's.
package struct StepTree: ~Copyable, Sendable {
    struct Mount: Sendable {
        let descriptor: CInt
        /// Inside the tree; `/` is the root.
        let target: String
        let isReadOnly: Bool
    }

    private(set) var mounts: [Mount]

    /// Starts a tree with the mount that is its root.
    package init(root: consuming Descriptor) {
        mounts = [Mount(descriptor: root.release(), target: "/", isReadOnly: false)]
    }

    deinit { for mount in mounts { close(mount.descriptor) } }

    /// Adds a mount on a directory of the tree so far. No link on the way there is followed.
    package mutating func attach(_ mount: consuming Descriptor, at target: String, readOnly: Bool = false) {
        mounts.append(Mount(descriptor: mount.release(), target: target, isReadOnly: readOnly))
    }

    /// The root as a directory of its own descriptor.
    func openRoot() throws(Errno) -> Directory {
        guard let root = mounts.first else { throw .noSuchFileOrDirectory }
        return try Directory(opening: "/proc/self/fd/\(root.descriptor)")
    }
}
