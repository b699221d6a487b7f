import Model
import Server
import TestSupport
import Testing

/// A reader who has asked for more than the sockets hold, and takes it at a pace of his own.
@Suite struct `A slow reader of a whole answer` {
    private let run = "0000000000000001"

    /// Gets one that has read the beginning, so that the whole answer waits for it in the daemon.
    private func withReader(
        _ configuration: ServerConfiguration, of steps: Int = 10_000, asking fields: String = "",
        _ body: (ServerFixture, RawConnection, [UInt8]) async throws -> Void
    ) async throws {
        let name = String(repeating: "x", count: 100)
        let events = try (0..<steps).map { index in
            Event.Kind.stepEnd(.init(step: try ServerFixture.step("\(name)-\(index)"), status: .passed))
        }
        try await ServerFixture.serve(
            configuration, prepare: { try await ServerFixture.addRun(run, events: events, to: $0) }
        ) { fixture in
            let reader = try await RawConnection.open(fixture.socket)
            try await reader.send("GET /v1/runs/\(run) HTTP/1.1\r\nHost: varve\r\n\(fields)\r\n")
            try await body(fixture, reader, try await reader.receive(upTo: 100))
        }
    }

    @Test func `has it whole though the daemon is asked to stop meanwhile`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.stopping = .seconds(60)
        try await withReader(configuration) { fixture, reader, first in
            // Has had an answer, so that it is closed as soon as the connections are told of the end.
            let idle = try await RawConnection.open(fixture.socket)
            try await idle.send("GET /v1/info HTTP/1.1\r\nHost: varve\r\n\r\n")
            _ = try await idle.receive(until: "api_versions")
            let asked = ContinuousClock.now
            async let stopped: Void = fixture.stop()
            while try await !idle.receive().isEmpty {}
            let reply = try await HTTPReply(first + reader.rest(upTo: 1 << 20))
            #expect(reply.status == 200 && reply.isWhole)
            await stopped
            #expect(asked.duration(to: .now) < .seconds(60), "no longer than it takes")
        }
    }

    @Test func `does not hold up a daemon that stops for longer than requests may`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.stopping = .milliseconds(200)
        try await withReader(configuration) { fixture, reader, first in
            let asked = ContinuousClock.now
            await fixture.stop()
            #expect(asked.duration(to: .now) < .seconds(30))
            let reply = try await HTTPReply(first + reader.rest(upTo: 1 << 20))
            #expect(!reply.isWhole)
        }
    }

    @Test(arguments: ["", "Connection: Upgrade\r\nUpgrade: other\r\n"])
    func `has it whole however long it takes, as long as it reads`(_ fields: String) async throws {
        var configuration = ServerConfiguration()
        configuration.limits.idle = .seconds(3)
        configuration.limits.writeDeadline = .seconds(3)
        try await withReader(configuration, of: 30_000, asking: fields) { _, reader, first in
            let began = ContinuousClock.now
            // The kernel takes more once three quarters of what it holds are read: so much is always progress.
            let bytes = try await reader.rest(inTurnsOf: 160 << 10, each: .milliseconds(300))
            #expect(began.duration(to: .now) > .seconds(6), "twice as long as a connection may be silent")
            let reply = try HTTPReply(first + bytes)
            #expect(reply.isWhole && reply.body.count > 3 << 20)
        }
    }
}

extension RawConnection {
    /// Everything up to the end of the connection, so many bytes at once.
    fileprivate func rest(upTo count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while case let more = try await receive(upTo: count), !more.isEmpty { bytes += more }
        return bytes
    }

    /// Everything up to the end of the connection, with a pause after each so many bytes.
    fileprivate func rest(inTurnsOf count: Int, each pause: Duration) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        var left = count
        while case let more = try await receive(upTo: left), !more.isEmpty {
            bytes += more
            left -= more.count
            guard left == 0 else { continue }
            try await Task.sleep(for: pause)
            left = count
        }
        return bytes
    }
}
