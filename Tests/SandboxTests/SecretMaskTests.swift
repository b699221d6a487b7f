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
}

extension String {
    /// Without newlines at the end.
    fileprivate var trimmed: String {
        var text = self
        while text.last == "\n" { text.removeLast() }
        return text
    }
}
