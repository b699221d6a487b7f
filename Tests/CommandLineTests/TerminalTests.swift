import Model
import Testing

@testable import varve

@Suite struct TerminalTests {
    @Test(arguments: [
        ("plain", "plain"), ("a\tb", "a    b"), ("\u{1b}[31mred\u{1b}[0m", "\u{1b}[31mred\u{1b}[0m"),
        ("\u{1b}[2J\u{1b}[Hgone", "gone"), ("\u{1b}[1mon", "\u{1b}[1mon\u{1b}[0m"),
        ("a\u{1b}[31mb\u{1b}[mc", "a\u{1b}[31mb\u{1b}[mc"), ("10%\r50%\r100%", "100%"),
        ("\u{1b}]0;title\u{7}text", "text"),
        ("\u{1b}]8;;http://x\u{1b}\\link", "link"), ("bell\u{7}\u{8}", "bell"), ("\u{1b}", ""),
        ("\u{1b}[", ""), ("ä€", "ä€"), ("a\u{202e}b\u{2066}c", "abc"), ("\u{9b}31mc1", "31mc1"),
    ])
    func `a step's output cannot move the cursor, and keeps its colours`(_ raw: String, _ shown: String) {
        #expect(DisplayText.safe(Array(raw.utf8), colors: true) == shown)
    }

    @Test func `without colours a step's output has none either`() {
        let raw = "\u{1b}[1;31mred\u{1b}[0m and \u{1b}]0;title\u{7}plain"
        #expect(DisplayText.safe(Array(raw.utf8), colors: false) == "red and plain")
    }

    @Test func `messages keep their lines and nothing else that a terminal obeys`() {
        let text = "error[x]: a\u{1b}[2Jb\r\tc\n  fix: d\u{7}"
        #expect(DisplayText.lines(text) == "error[x]: a[2Jb  c\n  fix: d")
        #expect(
            ProgramEnd(Failure(.notFound, "no \u{1b}c", fix: "list")).complaint?.contains("\u{1b}") == false)
    }

    @Test(arguments: [("test", "test"), ("unit:a/b", "unit:a/b"), ("it's so", #"'it'\''s so'"#), ("é", "é")])
    func `a step's key in a hint can be pasted into a shell`(_ key: String, _ word: String) {
        #expect(HumanText.argument(key) == word)
    }

    @Test(
        arguments: [("abc", 3), ("日本", 4), ("e\u{301}", 1), ("✓", 1), ("😀", 2), ("", 0)] as [(String, Int)])
    func `columns are counted as a terminal does`(_ text: String, _ columns: Int) {
        #expect(DisplayText.width(text) == columns)
    }

    @Test func `text is cut at a column, never in the middle of a wide character`() {
        #expect(DisplayText.fit("日本語", 5, ellipsis: "…") == "日本…")
        #expect(DisplayText.fit("日本語", 4, ellipsis: "…") == "日…")
        #expect(DisplayText.fit("abc", 3, ellipsis: "…") == "abc")
        #expect(DisplayText.fit("abcd", 0, ellipsis: "…") == "")
    }

    @Test func `names wrap, and what does not fit is counted`() {
        let names = (1...20).map { "name-\($0)" }
        let lines = DisplayText.wrap(names, columns: 30, lines: 2)
        #expect(lines == ["name-1, name-2, name-3,", "name-4, name-5 and 15 more"])
        #expect(DisplayText.wrap(["a", "b"], columns: 30, lines: 2) == ["a, b"])
        #expect(DisplayText.wrap([], columns: 30, lines: 2) == [])
    }

    @Test func `the live region writes only lines that differ`() {
        var region = LiveRegion()
        #expect(region.draw(["a", "b"]) == "a\u{1b}[K\nb\u{1b}[K\n")
        #expect(region.draw(["a", "b"]) == "")
        #expect(region.draw(["a", "c"]) == "\u{1b}[2A\r\nc\u{1b}[K\n")
        #expect(region.draw(["a"]) == "\u{1b}[2A\r\n\u{1b}[J")
        #expect(region.erase() == "\u{1b}[1A\r\u{1b}[J")
        #expect(region.erase() == "")
    }

    @Test func `a table is aligned and cut at the width`() {
        var table = Table([("NAME", .left), ("SIZE", .right), ("WHAT", .left)])
        table.add(["a", "10", "something long"])
        table.add(["longer", "5", "x"])
        #expect(
            table.lines(style: .plain, width: 24)
                == [
                    "NAME    SIZE  WHAT", "a         10  something…".replacing("…", with: "..."),
                    "longer     5  x",
                ].map { $0.replacing("something...", with: "somethi...") })
    }

    @Test(
        arguments: [
            (49, "0.0s"), (50, "0.1s"), (12_345, "12.3s"), (59_949, "59.9s"), (60_000, "1m00s"),
            (125_000, "2m05s"),
            (3_780_000, "1h03m"),
        ] as [(Int64, String)])
    func `durations are short`(_ milliseconds: Int64, _ text: String) {
        #expect(HumanText.duration(milliseconds: milliseconds) == text)
    }
}
