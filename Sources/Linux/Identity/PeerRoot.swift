package import SystemPackage

/// The file system as a peer sees it, and with what rights.
///
/// A path in a peer's request means what it means to the peer: below its root, with its user and groups, and
/// no capabilities but those that root at the other end has itself. `open` and the code that then walks the tree
/// run in `asPeer(_:_:)`.
package final class PeerRoot: Sendable {
    package let identity: PeerIdentity
    private let root: Directory

    /// Opens `/proc/PID/root` of the peer, and makes sure it was the peer's; `Errno.noSuchProcess` when that
    /// has ended.
    package init(ofSocket socket: CInt) throws(Errno) {
        let process = try PeerProcess(ofSocket: socket)
        let peer = process.identity
        identity = PeerIdentity(
            uid: peer.uid, gid: peer.gid, groups: peer.groups, pid: peer.pid,
            capabilities: peer.uid == 0 ? process.capabilities() : 0)
        do {
            root = try Directory(opening: "/proc/\(process.pid)/root")
        } catch .noSuchFileOrDirectory {
            throw .noSuchProcess
        }
        // Alive after the opening means the number was this process's all the time.
        guard try process.isAlive() else { throw .noSuchProcess }
    }

    /// A view of a given directory with given rights.
    package init(root: consuming Directory, identity: PeerIdentity) {
        self.root = root
        self.identity = identity
    }

    /// Opens the directory an absolute path means to the peer, links followed as the peer would, with its
    /// rights.
    ///
    /// `Errno.permissionDenied` for what the peer may not read itself, `Errno.notSupported` for what lies in
    /// `/proc`.
    package func openDirectory(_ path: [UInt8]) async throws -> Directory {
        Directory(opened: try await open(path, [.readOnly, .directory, .nonBlocking]))
    }

    /// Opens the file an absolute path means to the peer, for reading; what kind it is, is the caller's to
    /// check. A FIFO is not waited for.
    ///
    /// Errors as of `openDirectory`.
    package func openFile(_ path: [UInt8]) async throws -> Descriptor {
        try await open(path, [.readOnly, .nonBlocking])
    }

    private func open(_ path: [UInt8], _ flags: OpenFlags) async throws -> Descriptor {
        try await asPeer(identity) { [self] () throws -> Descriptor in
            // A magic link below `/proc` would lead out of the view.
            let opened = try root.openBeneath(path, flags, resolve: [.inRoot, .noMagicLinks])
            // There, `self` is the daemon, which may look at itself whatever rights this thread has.
            guard try opened.fileSystemStatus().type != .proc else { throw Errno.notSupported }
            return opened
        }
    }
}

extension FileSystemType {
    fileprivate static let proc = FileSystemType(magic: 0x9FA0)
}
