package import Linux
package import Model
import SystemPackage

/// A directory of a client's: what its path means to the client, opened and walked with the client's rights.
package struct CallerDirectory: Sendable {
    package let root: SharedDirectory
    package let identity: PeerIdentity
    /// The client's own `/`, where that is known.
    package let view: SharedDirectory?

    package init(root: SharedDirectory, identity: PeerIdentity, view: SharedDirectory? = nil) {
        self.root = root
        self.identity = identity
        self.view = view
    }

    /// Opens an absolute path in the client's view.
    ///
    /// - Throws: `bad-path` for what is no absolute path of a directory, `workspace-missing`, `workspace-unreadable`,
    ///   `caller-unreachable`.
    package init(_ path: String, of peer: PeerRoot) async throws(Failure) {
        guard path.hasPrefix("/"), !path.utf8.contains(0), path.utf8.count < 4096 else {
            throw Failure(
                .badPath, "‘\(EntryPath.printable(path.utf8.prefix(200)))’ is no absolute path",
                fix: "name the directory by its path from /, of at most 4095 bytes")
        }
        do {
            root = SharedDirectory(try await peer.openDirectory(Array(path.utf8)))
        } catch {
            throw CallerDirectory.failure(error, path)
        }
        identity = peer.identity
        // Only worktrees of git need it: without it, what they track is not known.
        view = try? SharedDirectory(await peer.openDirectory([UInt8(ascii: "/")]))
    }

    private static func failure(_ error: any Error, _ path: String) -> Failure {
        let place = EntryPath.printable(path.utf8)
        switch error as? Errno {
        case .noSuchFileOrDirectory?:
            return Failure(
                .workspaceMissing, "there is no directory \(place)",
                fix: "check the path, as this user sees it")
        case .notDirectory?:
            return Failure(.badPath, "\(place) is not a directory", fix: "name the project's directory")
        case .tooManySymbolicLinkLevels?:
            return Failure(
                .badPath, "the links on the way to \(place) lead round in circles or through /proc",
                fix: "name the directory by its real path")
        case .notSupported?:
            return Failure(
                .badPath, "\(place) lies in /proc, where no files are",
                fix: "name the project's directory by its real path")
        case .permissionDenied?, .notPermitted?:
            return Failure(
                .workspaceUnreadable, "the directory \(place) can't be opened: permission denied",
                fix: "make it readable for the user who runs this")
        default:
            return Failure(
                .callerUnreachable, "\(place) can't be opened as the caller sees it: \(error)",
                fix: "upload the directory as a tar stream instead")
        }
    }
}
