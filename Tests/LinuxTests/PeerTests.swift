import CLinux
import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

@Suite struct PeerTests {
    private static let nobody = PeerIdentity(uid: 65534, gid: 65534, groups: [4242], pid: 0)

    @Test func `the peer of a socket is known with user, groups and process`() throws {
        var sockets: [CInt] = [-1, -1]
        // SAFETY: the array has room for the two descriptors.
        #expect(unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &sockets) == 0)
        let first = Descriptor(adopting: sockets[0])
        let second = Descriptor(adopting: sockets[1])
        let peer = try PeerIdentity(ofSocket: first.raw)
        #expect(peer.uid == getuid() && peer.gid == getgid() && peer.pid == getpid())
        let process = try PeerProcess(ofSocket: second.raw)
        #expect(try process.isAlive())
        #expect(process.pid == getpid())
    }

    @Test
    func
        `as another user a private file is refused, a group's file is read, and other threads are unchanged`()
        async throws
    {
        let scratch = try Scratch()
        try scratch.directory.descriptor.setMode(0o755)
        try scratch.write("private", "p")
        try scratch.directory.setMode("private", 0o600)
        try scratch.write("group", "g")
        try scratch.directory.setMode("group", 0o640)
        try scratch.directory.setOwner("group", uid: 0, gid: 4242)
        let path = scratch.path
        let refused = try await asPeer(Self.nobody) {
            errno { _ = try Descriptor.openFile(path + "/private") }
        }
        #expect(refused == .permissionDenied)
        let text = try await asPeer(Self.nobody) {
            try Descriptor.openFile(path + "/group").readAll(limit: 10)
        }
        #expect(text == Array("g".utf8))
        #expect(try scratch.read("private") == "p")
        let here = try await onBlockingThread {
            try Descriptor.openFile(path + "/private").readAll(limit: 10)
        }
        #expect(here == Array("p".utf8))
    }

    @Test func `as another user nothing is created in a directory of root's and no owner changed`()
        async throws
    {
        let scratch = try Scratch()
        try scratch.directory.descriptor.setMode(0o755)
        let path = scratch.path
        let errors = try await asPeer(Self.nobody) { () -> [Errno?] in
            let directory = try Directory(opening: path)
            return [
                errno { try directory.createDirectory("d") },
                errno { try directory.createWhiteout("w") },
                errno { try directory.descriptor.setOwner(uid: 65534, gid: 65534) },
            ]
        }
        #expect(errors == [.permissionDenied, .permissionDenied, .notPermitted])
    }

    @Test func `as root without capabilities another's private file is refused, with one of them it is read`()
        async throws
    {
        let scratch = try Scratch()
        try scratch.directory.descriptor.setMode(0o755)
        try scratch.write("private", "p")
        try scratch.directory.setMode("private", 0o600)
        try scratch.directory.setOwner("private", uid: 4242, gid: 4242)
        try scratch.write("own", "o")
        let path = scratch.path
        // DAC_READ_SEARCH, for reading; CHOWN, which does not help.
        for (capabilities, outcome) in [
            (UInt64(0), Errno.permissionDenied), (1 << 2, nil), (1 << 0, .permissionDenied),
        ] {
            let root = PeerIdentity(uid: 0, gid: 0, groups: [], pid: 0, capabilities: capabilities)
            let errors = try await asPeer(root) { () -> [Errno?] in
                [
                    errno { _ = try Descriptor.openFile(path + "/private") },
                    errno { _ = try Descriptor.openFile(path + "/own") },
                ]
            }
            #expect(errors == [outcome, nil], "\(capabilities)")
        }
    }

    @Test func `whose a process is, is known of one that may not be dumped`() async throws {
        let child = try ProcessHandle.spawn(
            "/usr/bin/setpriv",
            arguments: ["--reuid=65534", "--regid=65534", "--clear-groups", "sleep", "1000"], descriptors: [])
        let process = try Directory(opening: "/proc/\(child.pid)")
        try await eventually("it has become the other user") {
            try PeerProcess.user(of: process) == 65534
        }
        #expect(try PeerProcess.user(of: Directory(opening: "/proc/self")) == getuid())
        try child.signal(SIGKILL)
        await child.ended()
        child.reap()
    }

    @Test func `a path means what it means below the peer's root`() async throws {
        let scratch = try Scratch()
        try scratch.directory.descriptor.setMode(0o755)
        try scratch.directory.createDirectory("etc", mode: 0o755)
        try scratch.write("etc/passwd", "theirs")
        try scratch.directory.createLink("absolute", target: "/etc/passwd")
        try scratch.directory.createLink("up", target: "../../../../etc/passwd")
        try scratch.write("hidden", "")
        try scratch.directory.setMode("hidden", 0o600)
        let root = PeerRoot(root: try scratch.directory.reopened(), identity: Self.nobody)
        for path in ["/etc/passwd", "/absolute", "/up", "/../etc/passwd"] {
            let content = try await root.openRegularFile(Array(path.utf8))?.readAll(limit: 100)
            #expect(content == Array("theirs".utf8))
        }
        await #expect(throws: Errno.permissionDenied) {
            _ = try await root.openRegularFile(Array("/hidden".utf8))
        }
        await #expect(throws: Errno.notDirectory) { _ = try await root.openDirectory(Array("/hidden".utf8)) }
    }

    @Test func `the root of a peer is held without asking its file system, which may never answer`() throws {
        let root = try PeerRoot.directory(of: getpid())
        let flags = fcntl(root.raw, F_GETFL)
        #expect(flags != -1 && flags & LINUX_O_PATH != 0)
        let (inside, own) = (try root.openDirectory("tmp").status(), try Directory(opening: "/tmp").status())
        #expect(inside.isSameFile(as: own))
    }

    @Test func `the root of this very process is found through its socket`() async throws {
        var sockets: [CInt] = [-1, -1]
        // SAFETY: the array has room for the two descriptors.
        #expect(unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &sockets) == 0)
        let first = Descriptor(adopting: sockets[0])
        _ = Descriptor(adopting: sockets[1])
        let root = try PeerRoot(ofSocket: first.raw)
        let own = try #require(try OwnProcess.field("CapEff:\t").flatMap { UInt64($0, radix: 16) })
        #expect(root.identity.capabilities == (geteuid() == 0 ? own : 0) && own != 0)
        let directory = try await root.openDirectory(Array("/proc/self/../../tmp".utf8))
        #expect(try directory.status().isSameFile(as: try Directory(opening: "/tmp").status()))
    }
}
