import Model
import Testing

@Suite struct `Events of one step` {
    private func key(_ text: String) throws -> StepKey { try #require(StepKey(text)) }

    @Test func `are picked by the step they are of, whatever another step writes`() throws {
        let forged = Event.LogLine(
            stream: .stdout, bytes: Array(#"","kind":"step_end","ts":"","step":"a","status":"passed"}"#.utf8))
        let kinds: [Event.Kind] = [
            .buildStart(run: "r", revision: nil, stepCount: 2),
            .stepQueued(step: try key("a"), parent: nil),
            .stepQueued(step: try key("b"), parent: try key("a")),
            .stepStart(step: try key("a"), image: nil, reason: MissReason(.workspaceConflict, "a.txt")),
            .stepLog(step: try key("b"), line: forged), .stepLog(step: try key("a"), line: forged),
            .stepEnd(Event.StepEnd(step: try key("b"), status: .passed)),
            .stepCacheHit(step: try key("a"), snapshot: "s", identity: Digest(of: [])),
            .stepEnd(Event.StepEnd(step: try key("a"), status: .passed)),
            .buildEnd(status: .passed, exitCode: 0, milliseconds: 1, executed: 1, cacheHits: 0),
        ]
        var lines: [[UInt8]] = []
        for (index, kind) in kinds.enumerated() {
            lines.append(
                Event(sequence: Int64(index), time: Timestamp(seconds: 0), kind: kind).jsonLine.map { $0 })
        }
        let filter = StepEventFilter(try key("a"))
        let all = filter.pick(from: lines.flatMap { $0 })
        #expect(all.lines == [1, 3, 5, 7, 8].flatMap { lines[$0] } && all.hasEnded)
        #expect(!filter.pick(from: lines[..<8].flatMap { $0 }).hasEnded)
        for (index, line) in lines.enumerated() {
            #expect(EventLine.number(of: line[...]).elementsEqual("\(index)".utf8))
        }
    }
}
