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
            root = try PeerRoot.directory(of: process.pid)
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

    /// The root of the process of this number, as a place to begin walks at only.
    ///
    /// Its file system is asked for nothing: it may be the process's own, and never answer.
    package static func directory(of pid: Int32) throws(Errno) -> Directory {
        Directory(opened: try Descriptor.openFile("/proc/\(pid)/root", [.path, .directory]))
    }

    /// Whether the process of this number has the very same root now. Blocks.
    package func isRoot(of pid: Int32) -> Bool {
        guard let other = try? PeerRoot.directory(of: pid).status(), let own = try? root.status()
        else { return false }
        return other.device == own.device && other.inode == own.inode
    }

    /// Opens the directory an absolute path means to the peer, links followed as the peer would, with its
    /// rights.
    ///
    /// `Errno.permissionDenied` for what the peer may not read itself, `Errno.notSupported` for what lies in
    /// `/proc`.
    package func openDirectory(_ path: [UInt8]) async throws -> Directory {
        Directory(
            opened: try await asPeer(identity) { [self] () throws -> Descriptor in
                try open(path, [.readOnly, .directory, .nonBlocking])
            })
    }

    /// Opens the file an absolute path means to the peer, for reading; nil for anything else, which is not opened: a
    /// device is not the peer's to open where a container of his forbids it.
    ///
    /// Errors as of `openDirectory`.
    package func openRegularFile(_ path: [UInt8]) async throws -> Descriptor? {
        try await asPeer(identity) { [self] () throws -> Descriptor? in
            try open(path, .path).openedIfRegular()
        }
    }

    private func open(_ path: [UInt8], _ flags: OpenFlags) throws(Errno) -> Descriptor {
        // A magic link below `/proc` would lead out of the view.
        let opened = try root.openBeneath(path, flags, resolve: [.inRoot, .noMagicLinks])
        // There, `self` is the daemon, which may look at itself whatever rights this thread has.
        guard try opened.fileSystemStatus().type != .proc else { throw .notSupported }
        return opened
    }
}

extension FileSystemType {
    fileprivate static let proc = FileSystemType(magic: 0x9FA0)
}
