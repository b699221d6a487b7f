import Model
import Testing

@testable import varve

@Suite struct RunViewTests {
    private let start = Timestamp(seconds: 1_000_000)

    private func step(_ name: String) throws -> StepKey { try #require(StepKey(name)) }

    private func progress(_ kinds: [Event.Kind]) -> RunProgress {
        var progress = RunProgress()
        for (index, kind) in kinds.enumerated() {
            progress.apply(Event(sequence: Int64(index + 1), time: start, kind: kind))
        }
        return progress
    }

    private func view(_ keys: [String], width: Int = 80) throws -> RunView {
        RunView(style: .plain, width: width, keys: try keys.map(step))
    }

    private func started(_ name: String, _ reason: MissReason = MissReason(.firstRun, "")) throws
        -> Event.Kind
    {
        .stepStart(step: try step(name), image: nil, reason: reason)
    }

    private func ended(
        _ name: String, _ status: StepStatus, exitCode: Int? = nil, error: Failure? = nil
    ) throws -> Event.Kind {
        .stepEnd(
            Event.StepEnd(
                step: try step(name), status: status, exitCode: exitCode, milliseconds: 4230, error: error))
    }

    @Test func `a step that ran says how long and why`() throws {
        let progress = progress([
            try started("deps", MissReason(.workspaceConflict, "changed in the workspace: package.json")),
            try ended("deps", .passed, exitCode: 0),
        ])
        let lines = try view(["deps", "lint-all"]).lines(
            ended: try #require(progress.steps[try step("deps")]))
        #expect(lines == [" + deps        4.2s  workspace-conflict: changed in the workspace: package.json"])
    }

    @Test func `a hit is a hit, and a failure has its exit status`() throws {
        let progress = progress([
            .stepCacheHit(step: try step("a"), snapshot: "s", identity: Digest(of: [])),
            try ended("a", .cacheHit),
            try started("b"), try ended("b", .failed, exitCode: 3),
        ])
        let view = try view(["a", "b"])
        #expect(
            view.lines(ended: try #require(progress.steps[try step("a")])).map { $0.trimmed } == [
                " + a     hit"
            ])
        #expect(
            view.lines(ended: try #require(progress.steps[try step("b")])) == [" x b    4.2s  exit status 3"])
    }

    @Test func `an error that is not the step's own comes with its remedy`() throws {
        let failure = Failure(.shellMissing, "the image has no /bin/sh", fix: "use an image with a shell")
        let progress = progress([try started("b"), try ended("b", .error, error: failure)])
        let lines = try view(["b"]).lines(ended: try #require(progress.steps[try step("b")]))
        #expect(lines.count == 2)
        #expect(lines[0].hasSuffix("error[shell-missing]: the image has no /bin/sh"))
        #expect(lines[1].hasSuffix("fix: use an image with a shell"))
    }

    @Test(arguments: [20, 40, 80, 200])
    func `no line is wider than the terminal`(_ width: Int) throws {
        let keys = ["short", String(repeating: "very-long-key-", count: 12), "日本語の鍵"]
        let detail = String(repeating: "a path/with/many/parts, ", count: 30) + "\u{1b}[2J\nand more"
        var kinds: [Event.Kind] = [.buildStart(run: "0123456789abcdef", revision: nil, stepCount: 12)]
        kinds.append(
            .imagePull(image: String(repeating: "registry.example/", count: 9), bytes: 1, total: nil))
        for key in keys { kinds.append(try started(key, MissReason(.identityChanged, detail))) }
        let running = progress(kinds)
        for key in keys {
            kinds.append(try ended(key, .error, error: Failure(.internalError, detail, fix: detail)))
        }
        kinds.append(.buildEnd(status: .error, exitCode: 5, milliseconds: 1, executed: 3, cacheHits: 0))
        let view = try view(keys, width: width)
        let ended = progress(kinds)
        var lines = view.live(running, now: start, height: 10) + view.summary(ended).dropFirst()
        for key in keys { lines += view.lines(ended: try #require(ended.steps[try step(key)])) }
        for line in lines {
            #expect(DisplayText.width(line) <= width)
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 })
        }
    }

    @Test func `the live lines fit the height and count what they leave out`() throws {
        var kinds: [Event.Kind] = [.buildStart(run: "r", revision: nil, stepCount: 50)]
        for index in 0..<30 { kinds.append(try started("step-\(index)")) }
        let lines = try view(["step-10"]).live(
            progress(kinds), now: start.adding(TimeSpan(seconds: 75)), height: 8)
        #expect(lines.count == 8)
        #expect(lines[0].hasPrefix(" > step-0"))
        #expect(lines[6].trimmed == "   and 24 more running")
        #expect(lines[7].trimmed == "   0 of 50 done, 30 running, 20 waiting, 1m15s")
    }

    @Test func `many hits in a row are one or two lines`() throws {
        var hits: [StepProgress] = []
        for index in 0..<300 { hits.append(StepProgress(key: try step("step-\(index)"))) }
        let lines = try view(["step-100"]).lines(hits: hits)
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix(" + 300 hits  step-0, step-1,"))
        #expect(lines[1].contains(" more"))
    }

    @Test func `the summary says how it ended, in numbers`() throws {
        let end = Event.Kind.buildEnd(
            status: .passed, exitCode: 0, milliseconds: 12_345, executed: 3, cacheHits: 1)
        #expect(try view([]).summary(progress([end])) == ["passed in 12.3s, 3 run, 1 hit"])
    }

    @Test func `the summary names the steps to blame, and how to look into them`() throws {
        let end = Event.Kind.buildEnd(
            status: .failed, exitCode: 1, milliseconds: 1000, executed: 2, cacheHits: 0)
        let start = Event.Kind.buildStart(run: "r1", revision: nil, stepCount: 3)
        let one = progress([
            start, try ended("ok", .passed), try ended("unit tests", .failed, exitCode: 3),
            try ended("after", .skipped), end,
        ])
        #expect(
            try view([]).summary(one) == [
                "failed in 1.0s, 2 run, 0 hits", " x unit tests: exit status 3",
                "whole logs: varve logs r1 'unit tests'", "look inside: varve shell 'r1/unit tests'",
            ])
        let many = progress(
            [start] + (try (0..<30).map { try ended("s\($0)", .failed, exitCode: 1) }) + [end])
        let lines = try view([]).summary(many)
        #expect(lines.count == 13)
        #expect(lines[10] == "   and 21 more")
        #expect(lines[11...] == ["whole logs: varve logs r1 STEP", "look inside: varve shell r1/STEP"])
    }

    @Test func `the summary sends nobody into a step of which nothing was kept`() throws {
        let end = Event.Kind.buildEnd(
            status: .timedOut, exitCode: 124, milliseconds: 1000, executed: 1, cacheHits: 0)
        let run = progress([
            .buildStart(run: "r1", revision: nil, stepCount: 1), try ended("slow", .timedOut), end,
        ])
        #expect(try view([]).summary(run).last == "whole logs: varve logs r1 slow")
    }

    @Test func `following a run keeps only the end of a log`() throws {
        var tail = LogTail()
        for index in 0..<10_000 {
            tail.append(Event.LogLine(stream: .stdout, bytes: Array("line \(index)".utf8)))
        }
        #expect(tail.lines.count == LogTail.mostLines)
        #expect(tail.dropped == Int64(10_000 - LogTail.mostLines))
        #expect(tail.lines.last?.bytes == Array("line 9999".utf8))
        let lines = try view(["a"]).lines(log: tail, of: try step("a"), run: "r1")
        #expect(lines.first == "   9600 earlier lines: varve logs r1 a")
        #expect(lines.last == "   | line 9999")
    }

    @Test func `a few huge lines are kept within the bytes too`() {
        var tail = LogTail()
        for _ in 0..<100 {
            tail.append(Event.LogLine(stream: .stdout, bytes: [UInt8](repeating: 65, count: 65_536)))
        }
        #expect(tail.lines.count == LogTail.mostBytes / 65_536)
    }
}

extension String {
    /// Without spaces at the end.
    fileprivate var trimmed: String {
        String(reversed().drop { $0 == " " }.reversed())
    }
}
