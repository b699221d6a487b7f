import Glibc
import Linux
import SystemPackage
import Testing

@Suite(.serialized) struct ServiceManagerTests {
    @Test func `readiness reaches the service manager's socket in one message`() throws {
        let scratch = try Scratch()
        let path = scratch.path("notify")
        let socket = Descriptor(adopting: Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the path is shorter than `sun_path`, which stays zero-terminated.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket.raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
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
