import Foundation
import Model
import Testing

struct EntryPathTests {
    @Test(arguments: ["", "a", "a/b", ".a", "..a", "a..", " ", "a\nb", "...", "é"])
    func `takes relative paths`(text: String) throws {
        let path = try #require(EntryPath(text))
        #expect(path.components.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/") == text)
        #expect(path.isRoot == text.isEmpty)
    }

    @Test(arguments: ["/", "/a", "a/", "a//b", ".", "..", "a/.", "a/..", "../a", "./a", "a\u{0}"])
    func `refuses what is absolute, unclean or leads out`(text: String) {
        #expect(EntryPath(text) == nil)
    }

    @Test func `parents and names`() throws {
        let path = try #require(EntryPath("a/b/c"))
        #expect(String(decoding: path.name, as: UTF8.self) == "c")
        #expect(path.parent == EntryPath("a/b"))
        #expect(EntryPath("a")?.parent == .root)
        #expect(EntryPath.root.parent == nil)
        #expect(EntryPath.root.name.isEmpty)
        #expect(EntryPath.root.appending("a".utf8).appending("b".utf8) == EntryPath("a/b"))
    }

    @Test func `below means whole components`() throws {
        let path = try #require(EntryPath("a/bc"))
        for (other, expected) in [
            ("a/bc", true), ("a", true), ("", true), ("a/b", false), ("a/bc/d", false), ("b", false),
        ] {
            #expect(path.isAtOrBelow(try #require(EntryPath(other))) == expected)
        }
    }

    @Test func `the order is that of the bytes`() throws {
        let sorted = ["", "A", "a", "a b", "a/b", "aa", "é"]
        #expect(
            try sorted.shuffled().map { try #require(EntryPath($0)) }.sorted().map(\.bytes)
                == sorted.map { Array($0.utf8) })
    }

    @Test func `is shown without anything that drives a terminal`() throws {
        #expect(EntryPath.root.description == ".")
        #expect(EntryPath("é")?.description == "é")
        #expect(EntryPath("a\u{1B}[m")?.description == #"a\x1b[m"#)
        #expect(EntryPath("\u{9B}m")?.description == #"\xc2\x9bm"#)
        #expect(EntryPath([0x61, 0xFF])?.description == #"a\xff"#)
    }

    @Test(arguments: [[UInt8](), Array("a/b".utf8), [0x61, 0xFF], Array("é\n".utf8)])
    func `survives JSON whatever its bytes`(bytes: [UInt8]) throws {
        let path = try #require(EntryPath(bytes))
        #expect(try JSONDecoder().decode(EntryPath.self, from: JSONEncoder().encode(path)) == path)
    }

    @Test(arguments: [#""../a""#, "[46,46]", #""/a""#, "5"])
    func `JSON that is no path is refused`(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(EntryPath.self, from: Data(json.utf8))
        }
    }
}
