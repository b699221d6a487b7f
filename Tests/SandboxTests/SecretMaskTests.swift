import Model
import Sandbox
import TestSupport
import Testing

@Suite struct SecretMaskTests {
    private func text(_ frames: [LogFrame], _ stream: Event.LogLine.Stream = .stdout) -> String {
        String(decoding: frames.filter { $0.stream == stream }.flatMap(\.bytes), as: UTF8.self)
    }

    private func frame(_ bytes: some Sequence<UInt8>, _ stream: Event.LogLine.Stream = .stdout) -> LogFrame {
        LogFrame(stream: stream, time: Timestamp(nanoseconds: 1), bytes: Array(bytes))
    }

    private func masked(_ output: String, hiding values: [String], pieces: Int = .max) -> String {
        var mask = SecretMask(hiding: values)
        var frames: [LogFrame] = []
        var rest = Array(output.utf8)[...]
        while !rest.isEmpty {
            frames.append(mask.push(frame(rest.prefix(pieces))))
            rest = rest.dropFirst(pieces)
        }
        return text(frames + mask.finish())
    }

    @Test(arguments: 1...12)
    func `a value is hidden however its output was cut apart`(pieces: Int) {
        let output = "a token-1 b\ntoken-token-1token-\n"
        #expect(
            masked(output, hiding: ["token-1"], pieces: pieces) == "a ******* b\ntoken-*******token-\n")
    }

    @Test func `the lines of a value are hidden one by one, and newlines stay`() {
        let key = "-----BEGIN-----\nAAAABBBB\nxy\n-----END-----\n"
        #expect(
            masked("key:\n\(key)AAAABBBB xy", hiding: [key])
                == "key:\n***************\n********\n**\n*************\n******** xy")
    }

    @Test func `values that overlap, or are a part of one another, are hidden whole`() {
        #expect(masked("abcdefgh", hiding: ["abcdef", "efgh"], pieces: 3) == "********")
        #expect(
            masked("password password1", hiding: ["password", "password1"], pieces: 1) == "******** *********"
        )
    }

    @Test func `a value too short to be told from other text is not hidden, nor an empty one`() {
        #expect(masked("abc 1", hiding: ["abc", "", "\n"]) == "abc 1")
    }

    @Test func `what could be a value's beginning waits for what comes, and each stream for its own`() {
        var mask = SecretMask(hiding: ["secret"])
        #expect(text([mask.push(frame("say sec".utf8))]) == "say ")
        let other = mask.push(frame("ret\n".utf8, .stderr))
        #expect(text([other], .stderr) == "ret\n")
        #expect(text([mask.push(frame("ond\n".utf8))]) == "second\n")
        #expect(text([mask.push(frame("secre".utf8))]) == "")
        #expect(text(mask.finish()) == "secre")
    }

    @Test(arguments: 0..<50)
    func `any output cut anywhere is what it is with all values replaced at once`(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let letters = ["a", "b", "ab", "\n", "c"]
        func word(_ lengths: ClosedRange<Int>) -> String {
            (0..<Int.random(in: lengths, using: &random)).map { _ in letters.randomElement(using: &random)! }
                .joined()
        }
        let values = (0..<3).map { _ in word(3...8) }
        let output = word(50...400)
        let whole = masked(output, hiding: values)
        for pieces in [1, 2, 3, 7, 31] {
            #expect(masked(output, hiding: values, pieces: pieces) == whole)
        }
        for value in values.map({ $0.trimmed }) where value.utf8.count >= SecretMask.shortest {
            #expect(!whole.contains(value), "\(value) in \(whole)")
        }
    }

    /// What a search for each value and each of its lines hides, one after the other.
    private func plainlyMasked(_ output: String, hiding values: [String]) -> String {
        let bytes = Array(output.utf8)
        var masked = bytes
        for value in values.map(\.trimmed) {
            let patterns = [value] + value.split(separator: "\n").map(String.init)
            for pattern in patterns.map({ Array($0.utf8) }) where pattern.count >= SecretMask.shortest {
                for start in bytes.indices where bytes[start...].starts(with: pattern) {
                    for place in start..<start + pattern.count where bytes[place] != UInt8(ascii: "\n") {
                        masked[place] = UInt8(ascii: "*")
                    }
                }
            }
        }
        return String(decoding: masked, as: UTF8.self)
    }

    @Test(arguments: 0..<100)
    func `what is hidden is what a plain search for each value and line finds`(seed: Int) {
        var random = SplitMix(seed: UInt64(1000 + seed))
        let letters = ["a", "a", "a", "b", "\n", "ä"]
        func word(_ lengths: ClosedRange<Int>) -> String {
            (0..<Int.random(in: lengths, using: &random)).map { _ in random.pick(letters) }.joined()
        }
        let values = (0..<Int.random(in: 1...12, using: &random)).map { _ in word(0...10) }
        let output = word(0...300)
        let pieces = random.pick([1, 5, 64, .max])
        #expect(
            masked(output, hiding: values, pieces: pieces) == plainlyMasked(output, hiding: values),
            "\(values) in pieces of \(pieces)")
    }

    private static let count = 200_000

    /// - Parameter line: the text for each number below `count`.
    private func values(of line: (Int) -> String) -> [String] {
        (0..<16).map { part in
            (part * Self.count / 16..<(part + 1) * Self.count / 16).map(line).joined(separator: "\n")
        }
    }

    private func isMasked(_ line: String, hiding values: [String]) -> Bool {
        let times = (256 << 10) / line.utf8.count
        let output = String(repeating: line + " ?", count: times)
        let expected = String(repeating: String(repeating: "*", count: line.utf8.count) + " ?", count: times)
        return masked(output, hiding: values, pieces: 65536) == expected
    }

    @Test(.timeLimit(.minutes(5))) func `200,000 lines are not looked for one by one`() {
        func line(_ number: Int) -> String {
            let letters = Array("abcdefghijklmnopqrstuvwxyz")
            return String([number / 17576, number / 676, number / 26, number].map { letters[$0 % 26] })
        }
        #expect(isMasked(line(123_456), hiding: values(of: line)))
    }

    @Test(.timeLimit(.minutes(5))) func `200,000 lines that begin alike are not compared one by one`() {
        func line(_ number: Int) -> String { "aaaa\(100_000 + number)" }
        #expect(isMasked(line(123_456), hiding: values(of: line)))
    }

    @Test(.timeLimit(.minutes(5))) func `long values are not compared at each place of what resembles them`()
    {
        let long = String(repeating: "a", count: 65_000)
        let output = String(repeating: "a", count: 256 << 10)
        let isAsItWas =
            masked(output, hiding: "bcdefghijklmnopq".map { long + String($0) }, pieces: 65536) == output
        #expect(isAsItWas)
    }
}

extension String {
    /// Without newlines at the end.
    fileprivate var trimmed: String {
        var text = self
        while text.last == "\n" { text.removeLast() }
        return text
    }
}
