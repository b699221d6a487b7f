import Foundation
import Model
import Pipelines
import TestSupport
import Testing

/// Documents that are meant to harm whoever reads them.
struct HostileDocumentTests {
    private func nested(_ open: String, _ close: String, _ levels: Int, _ core: String = "x") -> String {
        String(repeating: open, count: levels) + core + String(repeating: close, count: levels)
    }

    @Test(.timeLimit(.minutes(5)))
    func `a bomb of aliases in values is refused at once`() throws {
        var text = "version: 1\na0: &a0 [x, x]\n"
        for level in 1..<40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(
            try #require(Reading.failure(text)).detail == "(2:5) YAML anchors and aliases are not supported")
    }

    @Test(.timeLimit(.minutes(5)))
    func `a bomb of aliases in keys, which a composer compares, is refused at once`() throws {
        var text = "version: 1\na0: &a0 [x, x]\n"
        for level in 1..<40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        text += "? *a39\n: x\n? [*a39]\n: y\n"
        #expect(
            try #require(Reading.failure(text)).detail == "(2:5) YAML anchors and aliases are not supported")
    }

    @Test(.timeLimit(.minutes(5)), arguments: [65, 990, 1001, 100_000])
    func `deep nesting is refused, on the smallest stack that glibc gives a thread too`(levels: Int)
        async throws
    {
        let texts = [
            nested("[", "]", levels), nested(#"{"a":"#, "}", levels, "1"), nested("{a: ", "}", levels),
            nested("- ", "", levels), nested("? ", "", levels), "# as YAML\n" + nested("[", "]", levels),
            "&a " + nested("[", "]", levels, "*a"), String(repeating: "[", count: levels),
            (0..<min(levels, 1000)).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
        ]
        for text in texts where text.utf8.count <= 1 << 20 {
            let failure: Failure? = await withCheckedContinuation { continuation in
                let thread = Thread { continuation.resume(returning: Reading.failure(text)) }
                thread.stackSize = 2 << 20
                thread.start()
            }
            #expect(failure?.detail.isEmpty == false)
        }
    }

    @Test func `64 levels are read`() {
        #expect(Reading.failure(nested("[", "]", 63))?.detail.contains("expected a pipeline") == true)
        #expect(Reading.failure(nested("[", "]", 64))?.detail.contains("more than 64 levels") == true)
        #expect(
            Reading.failure("# YAML\n" + nested("[", "]", 63))?.detail.contains("expected a pipeline") == true
        )
        #expect(
            Reading.failure("# YAML\n" + nested("[", "]", 64))?.detail.contains("more than 64 levels") == true
        )
    }

    @Test func `a text above 1 MiB is refused before it is parsed`() {
        let failure = Reading.failure(Reading.step() + "#" + String(repeating: "x", count: 1 << 20))
        #expect(failure?.detail.contains("at most 1 MiB") == true)
    }

    @Test(.timeLimit(.minutes(5)))
    func `a text of 1 MiB that does nothing but cost is refused soon`() {
        let size = (1 << 20) - 10
        let texts = [
            "{" + (0..<100_000).map { "k\($0):1" }.joined(separator: ",").prefix(size) + "}",
            String(String(repeating: "[],", count: size).prefix(size)),
            "'" + String(repeating: "a", count: size),
            "a: " + String(repeating: "x ", count: size / 2),
            String(repeating: "\n", count: size),
            String(String(repeating: "a: &b\n", count: size).prefix(size)),
            String(String(repeating: "- {a: b}\n", count: size).prefix(size)),
            String(repeating: "*", count: size),
            String(repeating: "[", count: 900) + String(repeating: "a,", count: size / 2 - 1000),
        ]
        for text in texts {
            let failure = Reading.failure(text)
            #expect(failure?.code == .pipelineInvalid, "\(text.prefix(20))")
        }
    }

    @Test func `as many steps as are taken are read`() throws {
        let steps = (0..<10_000).map {
            $0 == 0 ? "- {key: s0, run: x}" : "- {key: s\($0), run: x, from: s\($0 - 1)}"
        }
        let pipeline = try Reading.pipeline("version: 1\nsteps:\n" + steps.joined(separator: "\n"))
        #expect(pipeline.steps.count == 10_000)
        #expect(pipeline.steps.map(\.key.text) == (0..<10_000).map { "s\($0)" })
    }

    @Test(arguments: ["outputs: [LIST]", "cache: {on_change: [LIST]}"])
    func `more path patterns than a list may have are refused, and those said twice count once`(
        _ member: String
    ) throws {
        func text(_ patterns: [String]) -> String {
            let list = patterns.map { "\"\($0)\"" }.joined(separator: ", ")
            return "version: 1\nsteps: [{key: a, run: x, \(member.replacing("LIST", with: list))}]"
        }
        let most = (1...PathGlob.mostInList).map { "**/\($0)" }
        let step = try #require(try Reading.pipeline(text(most + ["./**/1/"])).steps.first)
        #expect(max(step.outputs.count, step.cache.globs.count) == most.count)
        let failure = Reading.failure(text(most + ["one-more"]))
        #expect(failure?.code == .pipelineInvalid && failure?.detail.contains("1000 path patterns") == true)
    }

    @Test(.timeLimit(.minutes(5)), arguments: 0..<8)
    func `damaged samples are read or refused, never fatal`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let samples = try ["graph-fork-wait-policies", "flat-fork-wait", "envelope-python"].map(
            Reading.sampleText)
        let pieces = [
            "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u", "&a", "*a", "!!", "- ", "\n", "\t", "#", "|",
            ">", "'", "null", "1e9", "\u{0}", "é", "? ", "%", "---", "<<",
        ]
        for round in 0..<60 {
            var text = Array((samples.randomElement(using: &random) ?? "").unicodeScalars.prefix(1500))
            if round.isMultiple(of: 2) { text = Array("# YAML\n".unicodeScalars) + text }
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0...text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    text.insert(
                        contentsOf: Array((pieces.randomElement(using: &random) ?? "").unicodeScalars),
                        at: place)
                case 1:
                    text.removeSubrange(
                        place..<min(text.count, place + Int.random(in: 1...40, using: &random)))
                default:
                    if place < text.count {
                        text[place] = Unicode.Scalar(UInt8.random(in: 0..<255, using: &random))
                    }
                }
            }
            var damaged = String.UnicodeScalarView()
            damaged.append(contentsOf: text)
            check(String(damaged))
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 0..<4)
    func `random bytes are refused, never fatal`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let alphabet = Array("{}[]\":,\\0123456789eE+-.truefalsn \n\t'&*!|>%@`#?a~".utf8)
        for _ in 0..<300 {
            let length = Int.random(in: 0...60, using: &random)
            let bytes = (0..<length).map { _ in
                Bool.random(using: &random)
                    ? alphabet.randomElement(using: &random) ?? 0 : UInt8.random(in: 0...255, using: &random)
            }
            check(String(decoding: bytes, as: UTF8.self))
            check("{" + String(decoding: bytes, as: UTF8.self))
        }
    }

    private func check(_ text: String) {
        do {
            _ = try Reading.pipeline(text)
        } catch {
            #expect(error.code == .pipelineInvalid)
            #expect(!error.detail.isEmpty && !error.fix.isEmpty)
        }
    }
}
