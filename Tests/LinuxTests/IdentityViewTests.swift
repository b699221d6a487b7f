import Linux
import SystemPackage
import Testing

/// What is not opened for a peer, or not waited for, though the peer's rights allow it.
@Suite struct IdentityViewTests {
    private let host: PeerRoot

    init() throws { host = PeerRoot(root: try Directory(opening: "/"), identity: .daemon) }

    @Test func `proc is refused, where the daemon would see its own files and memory`() async throws {
        let scratch = try Scratch()
        try scratch.directory.createLink("link", target: "/proc/self/fd")
        for path in ["/proc", "/proc/self/fd", "/proc/thread-self/fd", scratch.path + "/link"] {
            await #expect(throws: Errno.notSupported, "\(path)") {
                _ = try await host.openDirectory(Array(path.utf8))
            }
        }
        for path in ["/proc/self/environ", "/proc/self/mem", scratch.path + "/link/../maps"] {
            await #expect(throws: Errno.notSupported, "\(path)") {
                _ = try await host.openFile(Array(path.utf8))
            }
        }
    }

    @Test func `a FIFO that nobody writes to is opened at once`() async throws {
        let scratch = try Scratch()
        try scratch.directory.createNode("pipe", kind: .fifo, mode: 0o600)
        let pipe = try await host.openFile(Array((scratch.path + "/pipe").utf8))
        #expect(try pipe.status().kind == .fifo)
    }
}
