import API
import Foundation
import Glibc
import Linux
import Model
import Server
import TestSupport
import Testing

@Suite(.serialized) struct `A run's events as a stream` {
    private let run = "0000000000000001"

    @Test func `come whole, from where the reader wants`() async throws {
        try await ServerFixture.serve(prepare: { store in
            try await ServerFixture.addRun(run, events: try ServerFixture.output(bytes: 300_000), to: store)
        }) { fixture in
            let all = try await fixture.request("GET", "/v1/runs/\(run)/events")
            #expect(all.status == 200 && all.isWhole && all.headers["content-type"] == "application/x-ndjson")
            let numbers = all.text.split(separator: "\n").map { $0.dropFirst(7).prefix { $0 != "," } }
            #expect(numbers == (1...272).map { "\($0)" })
            let rest = try await fixture.request("GET", "/v1/runs/\(run)/events?after=270")
            #expect(rest.text.split(separator: "\n").count == 2)
            #expect(
                try await fixture.request("GET", "/v1/runs/\(run)/events?after=272&follow=false").body.isEmpty
            )
        }
    }

    @Test func `come as server-sent events, and go on where a browser lost them`() async throws {
        try await ServerFixture.serve(prepare: { store in
            try await ServerFixture.addRun(
                run, events: [.warning(code: "a", detail: "one"), .warning(code: "b", detail: "two")],
                to: store)
        }) { fixture in
            let headers = ["Accept": "text/event-stream;q=1, */*", "Last-Event-ID": "1"]
            let reply = try await fixture.request("GET", "/v1/runs/\(run)/events", headers: headers)
            #expect(reply.headers["content-type"] == "text/event-stream" && reply.isWhole)
            #expect(reply.text.hasPrefix("id: 2\ndata: {\"seq\":2,") && reply.text.hasSuffix("}\n\n"))
            #expect(reply.text.components(separatedBy: "data:").count == 2)
            // A browser sends its own address again, also one with an `after`: the later one counts.
            for (after, last, sent) in [(0, 1, 1), (1, 2, 0), (2, 1, 0), (0, 0, 2)] {
                let reply = try await fixture.request(
                    "GET", "/v1/runs/\(run)/events?after=\(after)",
                    headers: ["Accept": "text/event-stream", "Last-Event-ID": "\(last)"])
                let count = reply.text.components(separatedBy: "data:").count - 1
                #expect(reply.isWhole && count == sent, "after \(after), and \(last) by the header")
            }
        }
    }

    @Test func `are all there is for who does not follow, also when the daemon is asked to stop meanwhile`()
        async throws
    {
        var configuration = ServerConfiguration()
        configuration.limits.stopping = .seconds(60)
        let events = try ServerFixture.output(bytes: 4 << 20)
        try await ServerFixture.serve(
            configuration, prepare: { try await ServerFixture.addRun(run, events: events, to: $0) }
        ) { fixture in
            let reader = try await RawConnection.open(fixture.socket)
            try await reader.send(HTTPReply.request("GET", "/v1/runs/\(run)/events?follow=false"))
            // The head has come: the stream is under way, and more is to come than the socket has room for.
            var bytes = try await reader.receive(upTo: 100)
            async let stopped: Void = fixture.stop()
            try await Task.sleep(for: .milliseconds(500))
            while case let more = try await reader.receive(upTo: 1 << 20), !more.isEmpty { bytes += more }
            await stopped
            let reply = try HTTPReply(bytes)
            #expect(reply.isWhole && reply.body.count { $0 == UInt8(ascii: "\n") } == events.count)
        }
    }

    @Test func `can be those of one step, whose output can't pretend to be another's`() async throws {
        let (one, two) = (try ServerFixture.step("one"), try ServerFixture.step("two"))
        let forged = Array(#","step":"one","#.utf8)
        let events: [Event.Kind] = [
            .stepLog(step: one, line: .init(stream: .stdout, bytes: Array("mine".utf8))),
            .stepLog(step: two, line: .init(stream: .stdout, bytes: forged)),
            .stepEnd(.init(step: two, status: .passed)), .stepEnd(.init(step: one, status: .passed)),
            .warning(code: "later", detail: ""),
        ]
        try await ServerFixture.serve(prepare: { try await ServerFixture.addRun(run, events: events, to: $0) }
        ) { fixture in
            let lines = try await fixture.request("GET", "/v1/runs/\(run)/events?step=one").text.split(
                separator: "\n")
            #expect(lines.count == 2 && lines[0].contains("mine") && lines[1].contains("step_end"))
            #expect(try await fixture.request("GET", "/v1/runs/\(run)/events?step=onee").status == 404)
        }
    }

    @Test func `may stand still at fifty readers while others are served`() async throws {
        try await ServerFixture.serve(prepare: { store in
            try await ServerFixture.addRun(run, events: try ServerFixture.output(bytes: 64 << 20), to: store)
        }) { fixture in
            var readers: [RawConnection] = []
            for _ in 0..<50 {
                let reader = try await RawConnection.open(fixture.socket)
                try await reader.send("GET /v1/runs/\(run)/events HTTP/1.1\r\nHost: varve\r\n\r\n")
                // The head has come: the stream is under way.
                _ = try await reader.receive(upTo: 100)
                readers.append(reader)
            }
            let clock = ContinuousClock.now
            for _ in 0..<20 { #expect(try await fixture.request("GET", "/v1/info").status == 200) }
            #expect(clock.duration(to: .now) < .seconds(60))
            let stopping = ContinuousClock.now
            await fixture.stop()
            #expect(stopping.duration(to: .now) < .seconds(60))
            withExtendedLifetime(readers) {}
        }
    }

    /// With a reader that stands still in the midst of more than there is room for, on the only stream there may be.
    private func withStandingReader(
        _ configuration: ServerConfiguration, _ body: (ServerFixture, RawConnection) async throws -> Void
    ) async throws {
        var configuration = configuration
        configuration.limits.streams = 1
        try await ServerFixture.serve(
            configuration,
            prepare: { store in
                try await ServerFixture.addRun(
                    run, events: try ServerFixture.output(bytes: 8 << 20), to: store)
            }
        ) { fixture in
            let reader = try await RawConnection.open(fixture.socket)
            try await reader.send(HTTPReply.request("GET", "/v1/runs/\(run)/events"))
            _ = try await reader.receive(upTo: 100)
            try await body(fixture, reader)
            withExtendedLifetime(reader) {}
        }
    }

    @Test func `are refused where there are as many streams as there may be`() async throws {
        try await withStandingReader(ServerConfiguration()) { fixture, _ in
            let refused = try await fixture.request("GET", "/v1/runs/\(run)/events")
            #expect(refused.status == 429)
            #expect(try refused.problem()?.code == "too-many")
        }
    }

    @Test func `cost a reader that makes no room its connection`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.writeDeadline = .milliseconds(300)
        try await withStandingReader(configuration) { fixture, reader in
            try await eventually("the stream is cut") {
                try await fixture.request("GET", "/metrics").text.contains("varve_http_streams 0\n")
            }
            var count = 0
            while case let bytes = try await reader.receive(upTo: 1 << 20), !bytes.isEmpty {
                count += bytes.count
            }
            #expect(count < 4 << 20)
            #expect(try await fixture.request("GET", "/v1/runs/\(run)/events?after=7000").status == 200)
        }
    }
}
