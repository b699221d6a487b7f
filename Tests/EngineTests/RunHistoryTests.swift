import Model
import Sandbox
import TestSupport
import Testing

@testable import Engine

/// What a later life of the daemon makes of a journal.
@Suite struct `The history of a run` {
    private func key(_ text: String) throws -> StepKey { try #require(StepKey(text)) }

    private func history(_ kinds: [Event.Kind]) throws -> RunHistory {
        var bytes: [UInt8] = []
        for (index, kind) in kinds.enumerated() {
            Event(
                sequence: Int64(index + 1), time: Timestamp(nanoseconds: 1_700_000_000_000_000_000),
                kind: kind
            )
            .appendJSONLine(to: &bytes)
        }
        return try RunHistory { body in try body(bytes) }
    }

    @Test func `knows which snapshot a step was said to be a hit of`() throws {
        let one = try key("one")
        let history = try history([
            .stepQueued(step: one, parent: nil),
            .stepCacheHit(step: one, snapshot: "s", identity: Digest(of: [])),
        ])
        #expect(history.steps[one]?.hit == "s" && history.steps[one]?.status == nil)
        #expect(!history.isUnderWay(one))
    }

    @Test func `knows what was queued, what has started, and how things ended`() throws {
        let (one, two) = (try key("one"), try key("two \"quoted\""))
        let reason = MissReason(.firstRun, "no earlier one")
        let history = try history([
            .buildStart(run: "r", revision: nil, stepCount: 2), .stepQueued(step: one, parent: nil),
            .stepQueued(step: two, parent: one), .stepStart(step: one, image: "i", reason: reason),
            .stepEnd(.init(step: one, status: .passed, exitCode: 0, snapshot: "s")),
            .stepStart(step: two, image: nil, reason: reason),
        ])
        #expect(!history.isEmpty)
        #expect(history.queued == [one, two])
        #expect(history.ended == [one] && history.underWay == [two])
        #expect(history.steps[one]?.status == .passed)
        #expect(history.steps[two]?.reason == reason)
        #expect(history.steps[two]?.started == Timestamp(nanoseconds: 1_700_000_000_000_000_000))
    }

    /// Output in pieces at any places, told up to any place: what is told before and after makes up the whole.
    @Test func `tells the output on without a gap or a repetition, wherever it was cut`() throws {
        let step = try key("step")
        for seed in UInt64(0)..<300 {
            var random = SplitMix(seed: seed)
            let frames = Self.frames(using: &random)
            var splitter = LineSplitter()
            var told: [LineSplitter.Line] = []
            // A reader that lags behind hands out parts at other places than the log's times say.
            for frame in frames {
                told += splitter.push(frame)
                if random.chance(50), let deadline = splitter.deadline {
                    told += splitter.flush(at: deadline)
                }
            }
            if random.chance(50) { told += splitter.finish() }
            told = Array(told.prefix(Int.random(in: 0...told.count, using: &random)))
            var position =
                try history(told.map { .stepLog(step: step, line: $0.line) }).steps[step]?.told
                ?? LogPosition()
            var rest = LineSplitter()
            var later: [LineSplitter.Line] = []
            for frame in frames {
                let bytes = position.rest(of: frame.bytes, on: frame.stream)
                if !bytes.isEmpty {
                    later += rest.push(LogFrame(stream: frame.stream, time: frame.time, bytes: bytes))
                }
            }
            later += rest.finish()
            for stream in [Event.LogLine.Stream.stdout, .stderr] {
                let whole = frames.filter { $0.stream == stream }.flatMap(\.bytes)
                var seen: [UInt8] = []
                for line in told + later where line.line.stream == stream {
                    seen += line.line.bytes + (line.line.isPartial ? [] : [0x0A])
                }
                // The last line has a newline when it is told, whether it had one or not.
                if seen.count == whole.count + 1 { seen.removeLast() }
                #expect(seen == whole, "seed \(seed)")
            }
        }
    }

    private static func frames(using random: inout SplitMix) -> [LogFrame] {
        let pieces: [[UInt8]] = [
            Array("line\n".utf8), Array("half".utf8), [0x0A], [0xFF, 0xC3], Array("é\n".utf8), [0xC3],
        ]
        var time: Int64 = 1_000_000_000
        return (0..<Int.random(in: 1...12, using: &random)).map { _ in
            time += Int64.random(in: 0...300_000_000, using: &random)
            let bytes = (0..<Int.random(in: 1...4, using: &random)).flatMap { _ in random.pick(pieces) }
            let stream: Event.LogLine.Stream = random.chance(50) ? .stdout : .stderr
            return LogFrame(stream: stream, time: Timestamp(nanoseconds: time), bytes: bytes)
        }
    }
}
