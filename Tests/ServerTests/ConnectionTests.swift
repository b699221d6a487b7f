import Foundation
import Model
import Server
import TestSupport
import Testing

@Suite struct `Connections` {
    @Test func `beyond what there may be are told so`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.connections = 0
        configuration.limits.connectionsOfOneUser = 0
        try await ServerFixture.serve(configuration) { fixture in
            // Root has 64 of its own.
            var held: [RawConnection] = []
            for _ in 0..<64 { held.append(try await RawConnection.open(fixture.socket)) }
            // The last of them answers, so all were taken in.
            try await held[63].send("GET /v1/info HTTP/1.1\r\nHost: varve\r\n\r\n")
            #expect(try await held[63].receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
            let connection = try await RawConnection.open(fixture.socket)
            #expect(try await connection.receive().isEmpty)
        }
    }

    @Test func `are kept for several requests, and closed when they are silent`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.idle = .seconds(3)
        try await ServerFixture.serve(configuration) { fixture in
            let connection = try await RawConnection.open(fixture.socket)
            for _ in 0..<3 {
                try await connection.send("GET /v1/info HTTP/1.1\r\nHost: varve\r\n\r\n")
                #expect(try await connection.receive(until: "api_versions").hasPrefix("HTTP/1.1 200 "))
            }
            #expect(try await connection.receive().isEmpty)
            let slow = try await RawConnection.open(fixture.socket)
            try await slow.send("GET /v1/info HTTP/1.1\r\nHost:")
            #expect(try await slow.receive().isEmpty)
        }
    }

    @Test func `a client is asked for its body when it waits for that`() async throws {
        try await ServerFixture.serve { fixture in
            let connection = try await RawConnection.open(fixture.socket)
            try await connection.send(
                "POST /v1/plans HTTP/1.1\r\nHost: varve\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            _ = try await connection.receive(until: "HTTP/1.1 100 Continue")
            try await connection.send("{}")
            #expect(try await connection.receive(until: "\r\n\r\n").contains("400 Bad Request"))
        }
    }

    @Test func `are not taken any more once the server is asked, and its file is gone`() async throws {
        try await ServerFixture.serve { fixture in
            let open = try await RawConnection.open(fixture.socket)
            // Taken in, so that it outlives the listening socket.
            try await open.send("GET /v1/info HTTP/1.1\r\nHost: varve\r\n\r\n")
            _ = try await open.receive(until: "api_versions")
            fixture.server.stopAccepting()
            #expect(!FileManager.default.fileExists(atPath: fixture.socket))
            try await open.send(HTTPReply.request("GET", "/v1/info"))
            #expect(try await open.reply().status == 200)
        }
    }
}
