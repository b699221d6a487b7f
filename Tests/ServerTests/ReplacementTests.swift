import Foundation
import Linux
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// What the service manager does with its socket: one server ends, and the next one goes on with it.
@Suite struct `A socket that outlives its server` {
    @Test func `has every caller answered, also one who has come and was not looked at yet`() async throws {
        try await ServerFixture.serve { fixture in
            let path = fixture.root + "/kept.sock"
            let listening = try Descriptor.unixStreamSocket()
            try listening.bind(to: try UnixSocketAddress(path))
            try listening.listen(backlog: 512)
            for round in 0..<4 {
                for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
                    let server = try await fixture.another(on: try listening.duplicate(), at: path)
                    // If this loop accepts, the caller waits for it; if another does, his connection may be this one's.
                    loop.execute { Thread.sleep(forTimeInterval: 0.4) }
                    let caller = try await RawConnection.open(path)
                    try await caller.send(HTTPReply.request("GET", "/v1/info"))
                    // So that a loop which is not busy accepts; one that does not leaves him to the next server.
                    try await Task.sleep(for: .milliseconds(50))
                    await server.stop()
                    let next = try await fixture.another(on: try listening.duplicate(), at: path)
                    #expect(try await caller.reply().status == 200, "round \(round)")
                    await next.stop()
                }
            }
        }
    }
}
