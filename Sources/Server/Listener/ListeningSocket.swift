package import Linux
package import Model
import SystemPackage

/// A Unix socket that listens, and the file by which it is reached.
///
/// Closing it leaves the file: `SocketFile.remove()` takes that away, and only while it still is this socket's.
package struct ListeningSocket: ~Copyable, Sendable {
    let descriptor: Descriptor
    /// Nil for a socket of the service manager's, which outlives this process.
    package let file: SocketFile?
    /// Things the operator should know, such as a group that does not exist.
    package let warnings: [String]

    /// Looks whether a socket can be made at `path`, and makes nothing.
    ///
    /// - Throws: as `open`, as far as looking tells.
    package static func check(path: String) throws(Failure) { _ = try SocketLocation(path).hasLeftOver() }

    /// Makes the socket in the file system, owned by root.
    ///
    /// A socket that nobody listens on any more is replaced; its directory is made if only the last component of
    /// the path is missing.
    ///
    /// - Parameters:
    ///   - group: its name or number.
    ///   - mode: who reaches it; usually root and the group.
    /// - Throws: `socket-in-use` where another daemon answers, or the path is taken by something that is not a
    ///   left-over socket of this user; `configuration-invalid` for a path that cannot be used.
    package static func open(
        path: String, group: String, mode: UInt32 = 0o660
    ) throws(Failure) -> ListeningSocket {
        let location = try SocketLocation(path)
        try location.makeRoom()
        let descriptor = try location.bind()
        do throws(Errno) {
            var warnings: [String] = []
            let gid = SystemGroup.identifier(named: group)
            if gid == nil {
                warnings.append(
                    "there is no group ‘\(group)’: root's is used for \(path) (make it with: groupadd --system \(group))"
                )
            }
            let status = try location.expose(gid: gid ?? 0, mode: mode)
            // Nobody gets in before owner and mode are what they must be.
            try descriptor.listen(backlog: backlog)
            let file = SocketFile(location: location, status: status)
            return ListeningSocket(descriptor: descriptor, file: file, warnings: warnings)
        } catch {
            throw location.unusable("it can't be made ready: \(error)")
        }
    }

    /// Takes a socket that listens already and whose file is somebody else's: the service manager's.
    package static func adopt(_ descriptor: consuming Descriptor) -> ListeningSocket {
        ListeningSocket(descriptor: descriptor, file: nil, warnings: [])
    }

    /// Gives the listening descriptor up, to be closed by someone else.
    consuming func release() -> CInt { descriptor.release() }

    /// How many connections wait to be accepted; more are refused by the kernel.
    static let backlog: Int32 = 512
}

/// The file of a socket, known again by what the kernel says of it.
package struct SocketFile: Sendable {
    private let location: SocketLocation
    private let status: FileStatus

    package var path: String { location.path }

    init(location: SocketLocation, status: FileStatus) {
        self.location = location
        self.status = status
    }

    /// Removes the file unless another daemon's socket has taken its place.
    package func remove() {
        guard let directory = try? Directory(opening: location.directory),
            let present = try? directory.statusIfPresent(location.name), present.isSameFile(as: status),
            // The number of a file that is gone is given to the next one.
            present.changed == status.changed
        else { return }
        try? directory.remove(location.name)
    }
}
