import API
import Client
import Model
import Testing

@Suite struct EventStreamTests {
    private func lines(_ range: ClosedRange<Int>) -> [String] {
        range.map {
            #"{"seq":\#($0),"kind":"warning","ts":"2026-01-01T00:00:00Z","code":"c","detail":"d"}"# + "\n"
        }
    }

    private func end(_ sequence: Int) -> String {
        #"{"seq":\#(sequence),"kind":"build_end","ts":"2026-01-01T00:00:00Z","status":"passed","#
            + #""exit_code":0,"duration_ms":1,"executed":0,"cache_hits":0}"# + "\n"
    }

    private func follow(
        _ scripts: [ScriptedDaemon.Script], step: StepKey? = nil, follows: Bool = true, isKnown: Bool = false
    ) async throws -> (sequences: [Int64], requests: [String]) {
        var sequences: [Int64] = []
        var requests: [String] = []
        try await ScriptedDaemon.run(scripts) { daemon in
            let client = VarveClient(socket: daemon.socket)
            let request = VarveClient.EventRequest(run: "r1", step: step, follows: follows, isKnown: isKnown)
            try await client.events(request) { batch in sequences += batch.map(\.sequence) }
            requests = daemon.requests
        }
        return (sequences, requests)
    }

    @Test func `events are handed on in order until the run's last`() async throws {
        let result = try await follow([.chunked(lines(1...3) + [end(4)], ends: true)])
        #expect(result.sequences == [1, 2, 3, 4])
        #expect(result.requests.first?.hasPrefix("GET /v1/runs/r1/events HTTP/1.1") == true)
    }

    @Test func `a connection that breaks in the middle of a line is resumed without loss or repetition`()
        async throws
    {
        let result = try await follow([
            .chunked(lines(1...3) + [#"{"seq":4,"ki"#], ends: false),
            .chunked(lines(4...5), ends: false),
            .chunked([end(6)], ends: true),
        ])
        #expect(result.sequences == [1, 2, 3, 4, 5, 6])
        #expect(
            result.requests.dropFirst().map { String($0.prefix(37)) } == [
                "GET /v1/runs/r1/events?after=3 HTTP/1", "GET /v1/runs/r1/events?after=5 HTTP/1",
            ])
    }

    @Test func `a stream that a stopping daemon ended in order is resumed too`() async throws {
        let result = try await follow([.chunked(lines(1...2), ends: true), .chunked([end(3)], ends: true)])
        #expect(result.sequences == [1, 2, 3])
    }

    @Test func `what there is is whole at its last chunk, and not when its connection breaks`() async throws {
        let result = try await follow(
            [.chunked(lines(1...2), ends: false), .chunked(lines(3...4), ends: true)], follows: false)
        #expect(result.sequences == [1, 2, 3, 4])
        #expect(
            result.requests.map { $0.split(separator: " ")[1] } == [
                "/v1/runs/r1/events?follow=false", "/v1/runs/r1/events?after=2&follow=false",
            ])
    }

    @Test func `what there is needs no last chunk behind the run's last event`() async throws {
        let result = try await follow([.chunked(lines(1...2) + [end(3)], ends: false)], follows: false)
        #expect(result.sequences == [1, 2, 3] && result.requests.count == 1)
    }

    private static let stopping = ScriptedDaemon.Script.answer(
        "503 Service Unavailable", type: "application/problem+json",
        #"{"type":"about:blank","title":"","status":503,"detail":"d","code":"shutting-down","fix":"f"}"#)

    @Test func `a daemon that is being restarted is waited for at once by who knows the run`()
        async throws
    {
        let result = try await follow([Self.stopping, .chunked([end(1)], ends: true)], isKnown: true)
        #expect(result.sequences == [1] && result.requests.count == 2)
    }

    @Test func `a daemon that is being restarted is waited for once it has answered, without an event too`()
        async throws
    {
        let result = try await follow([
            .chunked([], ends: false), Self.stopping, .chunked([end(1)], ends: true),
        ])
        #expect(result.sequences == [1] && result.requests.count == 3)
    }

    @Test func `a daemon that is being restarted is not waited for by who only has a name`() async throws {
        let failure = await #expect(throws: Failure.self) { _ = try await follow([Self.stopping]) }
        #expect(failure?.code == .shuttingDown)
    }

    @Test func `lines cut anywhere by the transport arrive whole`() async throws {
        let text = (lines(1...20) + [end(21)]).joined()
        let pieces = text.map(String.init)
        let result = try await follow([.chunked(pieces, ends: true)])
        #expect(result.sequences == Array(1...21))
    }

    @Test func `the events of one step end with its step_end`() async throws {
        let step = try #require(StepKey("a b"))
        let line =
            #"{"seq":9,"kind":"step_end","ts":"2026-01-01T00:00:00Z","step":"a b","status":"passed"}"# + "\n"
        let result = try await follow([.chunked([line], ends: true)], step: step)
        #expect(result.sequences == [9])
        #expect(result.requests.first?.contains("/events?step=a%20b ") == true)
    }

    @Test func `a run that is not there is an error at once`() async throws {
        let problem =
            #"{"type":"about:blank","title":"","status":404,"detail":"d","code":"not-found","fix":"f"}"#
        let failure = await #expect(throws: Failure.self) {
            _ = try await follow([.answer("404 Not Found", type: "application/problem+json", problem)])
        }
        #expect(failure?.code == .notFound)
    }

    @Test func `an error of the receiver ends the stream with it`() async throws {
        struct Stop: Error {}
        try await ScriptedDaemon.run([.chunked(lines(1...1), ends: false)]) { daemon in
            await #expect(throws: Stop.self) {
                try await VarveClient(socket: daemon.socket).events(
                    VarveClient.EventRequest(run: "r1", follows: true)
                ) { _ in throw Stop() }
            }
            #expect(daemon.requests.count == 1)
        }
    }

    @Test func `an error of the receiver's own requests is no break of the stream`() async throws {
        let unreachable = Failure(.unreachable, "another daemon", fix: "start it")
        try await ScriptedDaemon.run([
            .chunked(lines(1...2), ends: false), .chunked([end(3)], ends: true),
            .chunked([end(3)], ends: true),
        ]) { daemon in
            var batches: [[Int64]] = []
            let failure = await #expect(throws: Failure.self) {
                let request = VarveClient.EventRequest(run: "r1", follows: true, isKnown: true)
                try await VarveClient(socket: daemon.socket).events(request) { batch in
                    batches.append(batch.map(\.sequence))
                    if batch.contains(where: { $0.sequence == 3 }) { throw unreachable }
                }
            }
            #expect(failure == unreachable)
            #expect(batches.last == [3] && batches.flatMap { $0 } == [1, 2, 3])
            #expect(daemon.requests.count == 2)
        }
    }
}
