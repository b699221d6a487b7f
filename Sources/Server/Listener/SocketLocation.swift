import Linux
import Model
import SystemPackage

/// Where a socket's file is to be, and the steps that put it there.
struct SocketLocation: Sendable {
    let path: String
    let directory: String
    let name: String
    private let address: UnixSocketAddress

    /// - Throws: `configuration-invalid` for a path that is not absolute, or longer than the kernel takes.
    init(_ path: String) throws(Failure) {
        let file = FilePath(path).lexicallyNormalized()
        guard file.isAbsolute, let name = file.lastComponent?.string, !path.utf8.contains(0) else {
            throw Failure(
                .configurationInvalid, "‘\(path)’ is no path for a socket",
                fix: "give an absolute path")
        }
        do throws(Errno) {
            address = try UnixSocketAddress(path)
        } catch {
            throw Failure(
                .configurationInvalid, "the socket's path has \(path.utf8.count) bytes: \(path)",
                fix: "give one of at most \(UnixSocketAddress.longestPath) bytes")
        }
        self.path = path
        self.directory = file.removingLastComponent().string
        self.name = name
    }

    /// Makes the directory if it is missing, and removes a socket nobody listens on.
    func makeRoom() throws(Failure) {
        do throws(Errno) {
            try makeDirectory()
        } catch {
            throw unusableDirectory(error)
        }
        guard try hasLeftOver() else { return }
        do throws(Errno) {
            try Directory(opening: directory).remove(name)
        } catch {
            guard error != .noSuchFileOrDirectory else { return }
            throw unusable("the socket left there can't be removed: \(error)")
        }
    }

    /// Whether a socket nobody listens on is there; makes and removes nothing.
    ///
    /// - Throws: `socket-in-use`; `configuration-invalid` for a directory that `makeRoom` couldn't make or use.
    func hasLeftOver() throws(Failure) -> Bool {
        let present: FileStatus?
        do throws(Errno) {
            present = try statusIfPresent()
        } catch {
            throw unusableDirectory(error)
        }
        guard let present else { return false }
        try checkReplaceable(present)
        try probe()
        return true
    }

    /// Nil also where the directory itself is missing, and could be made.
    private func statusIfPresent() throws(Errno) -> FileStatus? {
        do throws(Errno) {
            return try Directory(opening: directory).statusIfPresent(name)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            _ = try Directory(opening: FilePath(directory).removingLastComponent())
            return nil
        }
    }

    /// Binds a socket to the path, reachable by nobody.
    func bind() throws(Failure) -> Descriptor {
        do throws(Errno) {
            let descriptor = try Descriptor.unixStreamSocket()
            // The file gets the mode of the socket; a umask would be that of every thread.
            try descriptor.setMode(0o600)
            try descriptor.bind(to: address)
            return descriptor
        } catch {
            guard error != .addressInUse else { throw taken("another daemon has just taken it") }
            throw unusable("it can't be bound: \(error)")
        }
    }

    /// Gives the file its group and mode.
    func expose(gid: UInt32, mode: UInt32) throws(Errno) -> FileStatus {
        let directory = try Directory(opening: directory)
        try directory.setOwner(name, uid: CurrentUser.identifier, gid: gid)
        try directory.setMode(name, mode)
        let status = try directory.status(name)
        guard status.kind == .socket else { throw .fileExists }
        return status
    }

    private func makeDirectory() throws(Errno) {
        let parent = FilePath(directory).removingLastComponent()
        guard let last = FilePath(directory).lastComponent else { return }
        do throws(Errno) {
            try Directory(opening: parent).createDirectory(last.string, mode: 0o711)
        } catch {
            guard error == .fileExists else { throw error }
        }
    }

    private func checkReplaceable(_ status: FileStatus) throws(Failure) {
        guard status.kind == .socket else { throw taken("there is a \(status.kind) of that name") }
        guard status.uid == CurrentUser.identifier else {
            throw taken("there is a socket of user \(status.uid), who may be serving on it")
        }
    }

    /// Knocks: an answer is another daemon.
    private func probe() throws(Failure) {
        do throws(Errno) {
            try Descriptor.unixStreamSocket(isNonBlocking: true).connect(to: address)
        } catch {
            switch error {
            case .connectionRefused, .noSuchFileOrDirectory: return
            // Its queue of connections is full.
            case .resourceTemporarilyUnavailable: break
            default: throw taken("whether someone listens there can't be told: \(error)")
            }
        }
        throw taken("another daemon answers there")
    }

    private func taken(_ why: String) -> Failure {
        Failure(
            .socketInUse, "the socket \(path) is taken: \(why)",
            fix: "stop what uses it or remove it, or give this daemon another path")
    }

    private func unusableDirectory(_ error: Errno) -> Failure {
        unusable("its directory can't be used: \(error)")
    }

    func unusable(_ why: String) -> Failure {
        Failure(
            .configurationInvalid, "the socket \(path) can't be made: \(why)",
            fix: "give a path in a directory that root can write")
    }
}
