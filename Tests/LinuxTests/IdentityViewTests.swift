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
                _ = try await host.openRegularFile(Array(path.utf8))
            }
        }
    }

    @Test func `what is no file is not opened: a FIFO waits, and a device may act`() async throws {
        let scratch = try Scratch()
        try scratch.directory.createNode("pipe", kind: .fifo, mode: 0o600)
        // The kernel knows no driver for it, and says so to who opens it.
        try scratch.directory.createNode(
            "device", kind: .characterDevice, mode: 0o600, device: DeviceNumber(major: 240, minor: 240))
        for name in ["pipe", "device"] {
            let opened = try await host.openRegularFile(Array("\(scratch.path)/\(name)".utf8))
            let isOpen = opened != nil
            #expect(!isOpen, "\(name)")
        }
    }
}
