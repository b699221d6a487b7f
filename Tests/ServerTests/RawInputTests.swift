import Glibc
import Linux
import NIOCore
import NIOPosix
import Testing

@testable import Server

@Suite struct `What comes over a connection that speaks HTTP no more` {
    @Test func `is let go of with the connection`() async throws {
        var sockets: [CInt] = [-1, -1]
        // SAFETY: the array has room for the two descriptors.
        #expect(unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &sockets) == 0)
        let peer = Descriptor(adopting: sockets[0])
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .withConnectedSocket(sockets[1]).get()
        weak var input: RawInput?
        do {
            let taken = try await RawInput.takeOver(channel)
            input = taken
            try peer.writeAll(Array("said".utf8))
            #expect(await taken.next() == ByteBuffer(string: "said"))
            try await channel.close().get()
            #expect(await taken.next() == nil)
        }
        // The pipeline is taken apart in a later turn of the loop.
        for _ in 0..<100 where input != nil { try await channel.eventLoop.submit {}.get() }
        #expect(input == nil)
    }
}
