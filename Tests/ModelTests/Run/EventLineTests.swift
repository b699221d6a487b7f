import Model
import Testing

@Suite struct EventLineTests {
    private let time = Timestamp(seconds: 1_790_000_000, nanoseconds: 7_000_000)

    private func text(_ kind: Event.Kind) -> String {
        String(decoding: Event(sequence: 3, time: time, kind: kind).jsonLine, as: UTF8.self)
    }

    private func step(_ name: String) throws -> StepKey { try #require(StepKey(name)) }

    @Test func `a log line has its members in a fixed order and ends with a newline`() throws {
        let line = Event.LogLine(stream: .stdout, bytes: Array("hello".utf8))
        #expect(
            text(.stepLog(step: try step("test"), line: line))
                == #"{"seq":3,"kind":"step_log","ts":"2026-09-21T14:13:20.007Z","step":"test","#
                + #""stream":"stdout","line":"hello"}"# + "\n")
    }

    @Test func `what does not apply is null, and errors and partial marks are left out`() throws {
        let end = Event.StepEnd(step: try step("a"), status: .skipped)
        #expect(
            text(.stepEnd(end)).contains(
                #""status":"skipped","exit_code":null,"duration_ms":0,"snapshot":null}"#))
        #expect(text(.stepQueued(step: try step("a"), parent: nil)).contains(#""parent":null}"#))
        #expect(text(.imagePull(image: "x", bytes: 1, total: nil)).contains(#""total":null}"#))
    }

    @Test(arguments: [
        "", "plain", "\"quoted\" \\ / \u{08}\u{09}\u{0a}\u{0c}\u{0d}", "\u{00}\u{01}\u{1f}\u{7f}",
        "ä€😀\u{2028}\u{2029}",
        String(repeating: "x\u{1b}[0m", count: 1000),
    ])
    func `any text survives the way to bytes and back`(_ content: String) throws {
        let kind = Event.Kind.stepLog(
            step: try step("s \"1\""), line: Event.LogLine(stream: .stderr, bytes: Array(content.utf8)))
        let event = Event(sequence: 9, time: time, kind: kind)
        var bytes = event.jsonLine
        #expect(bytes.popLast() == UInt8(ascii: "\n"))
        #expect(!bytes.contains { $0 < 0x20 })
        #expect(try EventLine(bytes).event == event)
    }

    @Test(
        arguments: [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0x61, 0x80], [0, 255, 254, 253, 252]] as [[UInt8]])
    func `bytes that are not UTF-8 travel in base 64`(_ content: [UInt8]) throws {
        let line = Event.LogLine(stream: .stdout, bytes: content, isPartial: true)
        let event = Event(sequence: 1, time: time, kind: .stepLog(step: try step("s"), line: line))
        let encoded = String(decoding: event.jsonLine, as: UTF8.self)
        #expect(encoded.contains(#""line_base64":""#))
        #expect(!encoded.contains(#""line":"#))
        #expect(try EventLine(Array(encoded.utf8.dropLast())).event == event)
    }

    @Test func `every kind reads back as it was`() throws {
        let failure = Failure(.logLimit, "it wrote more than 1 GiB", fix: "raise limits.log")
        let kinds: [Event.Kind] = [
            .buildStart(run: "r1", revision: Digest(of: []).hex, stepCount: 2),
            .buildStart(run: "r1", revision: nil, stepCount: 0),
            .stepQueued(step: try step("b"), parent: try step("a")),
            .stepCacheHit(step: try step("a"), snapshot: "s1", identity: Digest(of: [1])),
            .imagePull(image: "debian:12", bytes: 12, total: 40),
            .stepStart(step: try step("b"), image: nil, reason: MissReason(.workspaceConflict, "a.txt")),
            .stepEnd(Event.StepEnd(step: try step("b"), status: .error, milliseconds: 5, error: failure)),
            .stepEnd(
                Event.StepEnd(
                    step: try step("b"), status: .failed, exitCode: 3, milliseconds: 5, snapshot: "s2")),
            .warning(code: "glob-unmatched", detail: "x"),
            .buildEnd(status: .error, exitCode: 5, milliseconds: 1234, executed: 1, cacheHits: 1),
        ]
        for (index, kind) in kinds.enumerated() {
            let event = Event(sequence: Int64(index + 1), time: time, kind: kind)
            #expect(try EventLine(event.jsonLine.dropLast().map { $0 }).event == event)
        }
    }

    @Test(arguments: [
        #"{"seq":4,"kind":"step_paused","ts":"2026-09-21T14:13:20Z","step":"a"}"#,
        #"{"seq":4,"kind":"step_end","ts":"2026-09-21T14:13:20Z","step":"a","status":"melted"}"#,
    ])
    func `an event of an unknown kind keeps its number and bytes`(_ text: String) throws {
        let line = try EventLine(Array(text.utf8))
        #expect(line.sequence == 4)
        #expect(line.event == nil)
        #expect(line.bytes == Array(text.utf8))
    }

    @Test func `unknown members are ignored`() throws {
        let text =
            #"{"seq":4,"kind":"warning","ts":"2026-09-21T14:13:20+02:00","code":"c","detail":"d","more":[1]}"#
        let event = try #require(try EventLine(Array(text.utf8)).event)
        #expect(event.kind == .warning(code: "c", detail: "d"))
        #expect(event.time.rfc3339 == "2026-09-21T12:13:20.000Z")
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400, "2000-02-29T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.000Z"), (4_107_542_399, "2100-02-28T23:59:59.000Z"),
            (253_402_300, "1978-01-11T21:31:40.000Z"),
        ] as [(Int64, String)])
    func `times read back at the edges of the calendar`(_ seconds: Int64, _ text: String) {
        #expect(Timestamp(seconds: seconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds))
    }

    @Test(arguments: [
        "", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "9999-01-01T00:00:00Z",
    ])
    func `text that is no time is refused`(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
