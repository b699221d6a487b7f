import API
import JSON
import Testing

@testable import varve

@Suite struct `The log of a hit as JSON` {
    @Test func `is told from the run's own events by the run it comes from`() throws {
        let event = #"{"seq":7,"kind":"step_log","ts":"2026-01-02T03:04:05Z","step":"a","line":"x"}"#
        let labelled = LogPrinter.label(Array(event.utf8), run: "r1")
        let json = try JSONValue(parsing: labelled)
        #expect(json["from_run"]?.content == .string("r1"))
        #expect(json["line"]?.content == .string("x"))
        #expect(!labelled.contains(UInt8(ascii: "\n")))
    }
}
