import Glibc
import Linux
import SystemPackage
import Testing

@Suite(.serialized) struct ServiceManagerTests {
    @Test func `readiness reaches the service manager's socket in one message`() throws {
        let scratch = try Scratch()
        let path = scratch.path("notify")
        let socket = Descriptor(adopting: Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0))
        try socket.bind(to: try UnixSocketAddress(path))
        // SAFETY: only this suite, one test at a time, touches these variables.
        unsafe setenv("NOTIFY_SOCKET", path, 1)
        defer { unsafe unsetenv("NOTIFY_SOCKET") }
        ServiceManager.ready(status: "two\nlines")
        #expect(String(decoding: try socket.read(upTo: 1000), as: UTF8.self) == "READY=1\nSTATUS=two lines")
        ServiceManager.stopping(status: "bye")
        #expect(String(decoding: try socket.read(upTo: 1000), as: UTF8.self) == "STOPPING=1\nSTATUS=bye")
    }

    @Test func `without a service manager nothing is told`() {
        ServiceManager.ready(status: "")
        #expect(ServiceManager.watchdogInterval == nil)
        #expect(!Journal.isStandardError)
    }
}
