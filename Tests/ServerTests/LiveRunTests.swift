import API
import Foundation
import JSON
import Model
import Server
import TestSupport
import Testing

@Suite struct `A run under way` {
    @Test func `is followed live, and its stream ends when the daemon stops`() async throws {
        try await ServerFixture.serve { fixture in
            let id = try await start(fixture)
            let reader = try await self.reader(of: id, fixture)
            let clock = ContinuousClock.now
            await fixture.stop()
            // The step would go on for ten minutes.
            #expect(clock.duration(to: .now) < .seconds(120))
            #expect(try await reader.receive(until: "0\r\n\r\n").contains("0\r\n\r\n"))
        }
    }

    @Test func `is not waited for by a reader who wants what there is`() async throws {
        try await ServerFixture.serve { fixture in
            let id = try await start(fixture)
            let reply = try await fixture.request("GET", "/v1/runs/\(id)/events?follow=false")
            #expect(reply.isWhole && reply.text.contains("build_start") && !reply.text.contains("build_end"))
        }
    }

    @Test func `has one reader less when that goes away`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.streams = 1
        try await ServerFixture.serve(configuration) { fixture in
            let id = try await start(fixture)
            _ = try await reader(of: id, fixture)
            // It has gone without a word, and nothing is written that would tell: only its leaving does.
            var status = 429
            let deadline = ContinuousClock.now + .seconds(120)
            while status == 429, ContinuousClock.now < deadline {
                status = try await fixture.request("GET", "/v1/runs/\(id)/events?follow=false").status
            }
            #expect(status == 200)
        }
    }

    @Test func `lets its reader pause for longer than any other, and then has all for him`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.writeDeadline = .milliseconds(100)
        try await ServerFixture.serve(configuration) { fixture in
            let id = try await start(fixture, "seq 100000; echo all; sleep 600")
            let reader = try await self.reader(of: id, fixture)
            // Longer than the deadline, with more to come than the socket has room for.
            try await Task.sleep(for: .seconds(1))
            #expect(try await read(reader, until: #""line":"all""#) > 4 << 20)
        }
    }

    @Test func `that ends while its reader pauses leaves him the whole deadline`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.writeDeadline = .seconds(12)
        try await ServerFixture.serve(configuration) { fixture in
            let id = try await start(fixture, "seq 100000; sleep 13")
            let reader = try await self.reader(of: id, fixture)
            try await eventually("the run has passed") {
                try await fixture.request("GET", "/v1/runs/\(id)").json()["status"]?.string == "passed"
            }
            // A third of it.
            try await Task.sleep(for: .seconds(4))
            _ = try await read(reader, until: "build_end")
        }
    }

    @Test func `is cancelled, once or twice`() async throws {
        try await ServerFixture.serve { fixture in
            let id = try await start(fixture)
            #expect(try await fixture.request("POST", "/v1/runs/\(id)/cancel").status == 202)
            #expect(try await fixture.request("POST", "/v1/runs/\(id)/cancel").status == 202)
            let events = try await fixture.request("GET", "/v1/runs/\(id)/events")
            #expect(events.text.split(separator: "\n").last?.contains("\"status\":\"cancelled\"") == true)
            let run = try await fixture.request("GET", "/v1/runs/\(id)").json()
            #expect(run["status"]?.string == "cancelled" && run["exit_code"]?.integer == 130)
        }
    }

    /// A reader of the run's events who has come to what its step says first.
    private func reader(of run: String, _ fixture: ServerFixture) async throws -> RawConnection {
        let reader = try await RawConnection.open(fixture.socket)
        try await reader.send(HTTPReply.request("GET", "/v1/runs/\(run)/events"))
        _ = try await reader.receive(until: "begun")
        return reader
    }

    /// Reads on until `end` has come, and says how many bytes that were.
    private func read(_ reader: RawConnection, until end: String) async throws -> Int {
        var (count, tail) = (0, "")
        while !tail.contains(end) {
            let bytes = try await reader.receive(upTo: 1 << 20)
            try #require(!bytes.isEmpty, "the reader was cut off after \(count) bytes")
            count += bytes.count
            tail = String(tail.suffix(100)) + String(decoding: bytes, as: UTF8.self)
        }
        return count
    }

    private func start(_ fixture: ServerFixture, _ more: String = "sleep 600") async throws -> String {
        try await fixture.importBusybox("box")
        let command = "echo begun; \(more)"
        let pipeline =
            #"version: 1\nimage: box\nsteps: [{key: a, run: '\#(command)', workspace: none, network: none}]"#
        let reply = try await fixture.request("POST", "/v1/runs", body: "{\"pipeline\": \"\(pipeline)\"}")
        #expect(reply.status == 201, "\(reply.text)")
        return try #require(try reply.json()["id"]?.string)
    }
}

extension ServerFixture {
    /// Makes a directory with busybox an image.
    func importBusybox(_ name: String) async throws {
        let reply = try await request(
            "POST", "/v1/images", body: "{\"name\": \"\(name)\", \"source\": \"\(try makeBusybox())\"}")
        guard reply.status == 201 else { throw CocoaError(.fileReadUnknown, userInfo: ["reply": reply.text]) }
    }

    /// A directory that is a root file system.
    func makeBusybox() throws -> String {
        let image = root + "/image"
        let files = FileManager.default
        try files.createDirectory(atPath: image + "/bin", withIntermediateDirectories: true)
        try files.copyItem(atPath: "/bin/busybox", toPath: image + "/bin/busybox")
        for applet in ["sh", "sleep", "echo", "cat"] {
            try files.createSymbolicLink(atPath: image + "/bin/" + applet, withDestinationPath: "busybox")
        }
        return image
    }
}
