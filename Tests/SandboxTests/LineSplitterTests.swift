import Model
import Testing

@testable import Sandbox

/// Lines out of chunks.
struct LineSplitterTests {
    private func frame(_ text: String, at milliseconds: Int64 = 0, _ stream: Event.LogLine.Stream = .stdout)
        -> LogFrame
    {
        frame(Array(text.utf8), at: milliseconds, stream)
    }

    private func frame(
        _ bytes: [UInt8], at milliseconds: Int64 = 0, _ stream: Event.LogLine.Stream = .stdout
    ) -> LogFrame {
        LogFrame(stream: stream, time: Timestamp(nanoseconds: milliseconds * 1_000_000), bytes: bytes)
    }

    private func texts(_ lines: [LineSplitter.Line]) -> [String] {
        lines.map { String(decoding: $0.line.bytes, as: UTF8.self) + ($0.line.isPartial ? "…" : "") }
    }

    @Test func `lines are put together over chunks, each stream for itself`() {
        var splitter = LineSplitter()
        #expect(texts(splitter.push(frame("one\ntw"))) == ["one"])
        #expect(texts(splitter.push(frame("err\n", .stderr))) == ["err"])
        #expect(texts(splitter.push(frame("o\n\nthree"))) == ["two", ""])
        #expect(texts(splitter.finish()) == ["three"])
        #expect(splitter.finish().isEmpty)
    }

    @Test func `a line of 64 KiB is whole, a longer one comes in parts`() {
        var splitter = LineSplitter()
        let long = [UInt8](repeating: 0x61, count: 65536)
        let whole = splitter.push(frame(long + [0x0A]))
        #expect(whole.map(\.line.bytes.count) == [65536])
        #expect(whole.map(\.line.isPartial) == [false])
        let parts = splitter.push(frame(long)) + splitter.push(frame(long + Array("b\n".utf8)))
        #expect(parts.map(\.line.bytes.count) == [65536, 65536, 1])
        #expect(parts.map(\.line.isPartial) == [true, true, false])
    }

    @Test func `output without a newline comes as a part after 200 ms, and its rest as the line's end`() {
        var splitter = LineSplitter()
        #expect(splitter.push(frame("Password: ", at: 1000)).isEmpty)
        #expect(splitter.deadline == Timestamp(nanoseconds: 1_200_000_000))
        #expect(splitter.flush(at: Timestamp(nanoseconds: 1_199_999_999)).isEmpty)
        #expect(texts(splitter.flush(at: Timestamp(nanoseconds: 1_200_000_000))) == ["Password: …"])
        #expect(splitter.deadline == nil)
        #expect(texts(splitter.push(frame("ok\n", at: 3000))) == ["ok"])
    }

    @Test func `a log gives the same parts when it is read later`() {
        var splitter = LineSplitter()
        var lines = splitter.push(frame("a", at: 0))
        lines += splitter.push(frame("b", at: 100))
        lines += splitter.push(frame("c\n", at: 250))
        lines += splitter.push(frame("x", at: 300))
        lines += splitter.push(frame("other\n", at: 501, .stderr))
        lines += splitter.finish()
        #expect(texts(lines) == ["ab…", "c", "x…", "other"])
        #expect(lines.map { $0.time.nanoseconds / 1_000_000 } == [0, 250, 300, 501])
    }

    @Test func `no part ends inside a character`() {
        var splitter = LineSplitter()
        let smile = Array("🙂".utf8)
        _ = splitter.push(frame(Array("a".utf8) + smile.prefix(3), at: 0))
        #expect(texts(splitter.flush(at: Timestamp(seconds: 1))) == ["a…"])
        #expect(splitter.deadline == nil)
        #expect(texts(splitter.push(frame(Array(smile.suffix(1)) + [0x0A], at: 2000))) == ["🙂"])
        let long = [UInt8](repeating: 0x61, count: 65534) + smile
        let parts = splitter.push(frame(long + [0x0A], at: 3000))
        #expect(parts.map(\.line.bytes.count) == [65534, 4])
    }

    @Test func `bytes that are no UTF-8 are passed as they are`() {
        var splitter = LineSplitter()
        let bytes: [UInt8] = [0xFF, 0x00, 0xFE]
        #expect(splitter.push(frame(bytes + [0x0A])).map(\.line.bytes) == [bytes])
        _ = splitter.push(frame([0xC3], at: 0))
        #expect(splitter.finish().map(\.line.bytes) == [[0xC3]])
    }
}
