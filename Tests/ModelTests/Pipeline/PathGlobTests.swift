import Model
import TestSupport
import Testing

struct PathGlobTests {
    @Test(arguments: [
        ("a", "a", true), ("a", "b", false), ("a", "a/b", false), ("a/b", "a/b", true), ("*", "a", true),
        ("*", ".a", true),
        ("*", "a/b", false), ("*.c", ".c", true), ("?", "ab", false), ("a?c", "abc", true), ("a*", "a", true),
        ("**", "a/b/c", true), ("**/c", "c", true), ("**/c", "a/b/c", true), ("a/**", "a", true),
        ("a/**", "a/b/c", true),
        ("a/**", "b/a", false), ("a/**/c", "a/c", true), ("a/**/c", "a/b/b/c", true), ("a**c", "abc", true),
        ("a**c", "a/c", false),
        ("[abc]", "b", true), ("[a-c]", "d", false), ("[!a-c]", "d", true), ("[^a-c]", "b", false),
        ("[]]", "]", true),
        ("[!]]", "a", true), ("[a-]", "-", true), ("[]-a]", "^", true), ("[\\]]", "]", true),
        ("\\*", "*", true), ("\\*", "a", false),
        ("a\\", "a\\", true), ("?", "é", true), ("??", "é", false), ("[é]", "é", true),
        ("*[!é]", "aé", false), ("[à-ü]", "é", true),
        ("./a/./b/", "a/b", true), ("a//b", "a/b", true), (".", "", true), (".", "a", false),
        ("src/*.c", "src/.c", true),
        ("{a,b}", "a", false), ("{a,b}", "{a,b}", true), ("!a", "!a", true), ("A", "a", false),
    ])
    func `matches`(glob: String, path text: String, expected: Bool) throws {
        #expect(try PathGlob(glob).matches(path(text)) == expected)
    }

    @Test func `a name that is no UTF-8 is matched byte by byte`() throws {
        let name = try #require(EntryPath([0xFF, 0xC3]))
        #expect(try PathGlob("??").matches(name))
        #expect(try !PathGlob("?").matches(name))
        #expect(try PathGlob("*").matches(name))
        #expect(try PathGlob("[!a]?").matches(name))
    }

    @Test(arguments: [
        ("", PathGlob.Problem.empty), ("/a", .absolute), ("..", .parentDirectory),
        ("a/../b", .parentDirectory), ("[", .unclosedBracket),
        ("[]", .unclosedBracket), ("a[!]", .unclosedBracket), ("[a/b]", .unclosedBracket),
        ("[a\\]", .unclosedBracket), ("[c-a]", .reversedRange),
        ("[[:alpha:]]", .characterClass), (String(repeating: "a", count: 4097), .tooLong),
        (String(repeating: "a/", count: 64), .tooLong),
    ])
    func `bad globs are refused`(glob: String, problem: PathGlob.Problem) {
        #expect(throws: problem) { try PathGlob(glob) }
        #expect(!problem.sentence.isEmpty)
    }

    @Test(arguments: [("./a/", "a"), ("a//./b", "a/b"), (".", "."), ("./", "."), ("**/**", "**/**")])
    func `its text reads back as the same glob`(written: String, text: String) throws {
        let glob = try PathGlob(written)
        #expect(glob.description == text)
        #expect(try PathGlob(glob.description) == glob)
    }

    @Test func `equals a matcher that tries everything, on random globs and paths`() throws {
        var random = SplitMix(seed: 7)
        var matched = 0
        for _ in 0..<6000 {
            let segments = (0..<Int.random(in: 1...4, using: &random)).map { _ in randomSegment(&random) }
            let names = (0..<Int.random(in: 1...5, using: &random)).map { _ in randomName(&random) }
            let glob = try PathGlob(segments.joined(separator: "/"))
            let target = try path(names.joined(separator: "/"))
            let expected = Oracle.matches(segments[...], names[...])
            #expect(glob.matches(target) == expected, "\(glob) on \(target)")
            matched += expected ? 1 : 0
            let prefixes = (0...names.count).map { names[..<$0] }
            // Leaving a directory out is only right if nothing below it can match.
            for prefix in prefixes.dropLast() where expected {
                let directory = try path(prefix.joined(separator: "/"))
                #expect(glob.mayMatchBelow(directory), "\(glob) below \(directory)")
            }
        }
        #expect(matched > 500)
    }

    @Test func `a directory that cannot lead to a match is left out`() throws {
        let glob = try PathGlob("src/*/a.c")
        #expect(glob.mayMatchBelow(.root))
        #expect(try glob.mayMatchBelow(path("src")))
        #expect(try glob.mayMatchBelow(path("src/x")))
        #expect(try !glob.mayMatchBelow(path("doc")))
        #expect(try !glob.mayMatchBelow(path("src/x/a.c")))
        #expect(try PathGlob("**/a").mayMatchBelow(path("x/y")))
    }

    @Test(.timeLimit(.minutes(5)))
    func `globs made to backtrack take no longer`() throws {
        let name = try path(String(repeating: "a", count: 255))
        let stars = try PathGlob(String(repeating: "*a", count: 100) + "b")
        let deep = try path(Array(repeating: "a", count: 1000).joined(separator: "/"))
        let depths = try PathGlob(Array(repeating: "**/a", count: 30).joined(separator: "/") + "/b")
        let both = try PathGlob(Array(repeating: "**/*a*a*", count: 30).joined(separator: "/") + "/b")
        for _ in 0..<20 {
            #expect(!stars.matches(name))
            #expect(!depths.matches(deep))
            #expect(!both.matches(deep))
        }
    }

    private func randomSegment(_ random: inout SplitMix) -> String {
        if Int.random(in: 0..<5, using: &random) == 0 { return "**" }
        let atoms = ["a", "b", "*", "?", "[ab]", "[!a]", "*", "é"]
        let segment = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            atoms.randomElement(using: &random) ?? "a"
        }.joined()
        return segment == "**" ? "*" : segment
    }

    private func randomName(_ random: inout SplitMix) -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
            ["a", "b", "c", "é"].randomElement(using: &random) ?? "a"
        }.joined()
    }

    /// By definition and without any care for time: on characters, by recursion.
    private enum Oracle {
        static func matches(_ segments: ArraySlice<String>, _ names: ArraySlice<String>) -> Bool {
            guard let segment = segments.first else { return names.isEmpty }
            if segment == "**" {
                return (0...names.count).contains { matches(segments.dropFirst(), names.dropFirst($0)) }
            }
            guard let name = names.first else { return false }
            return matches(pattern: Array(segment)[...], Array(name)[...])
                && matches(segments.dropFirst(), names.dropFirst())
        }

        private static func matches(pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            if first == "*" {
                return (0...name.count).contains { matches(pattern: pattern.dropFirst(), name.dropFirst($0)) }
            }
            guard let character = name.first else { return false }
            if first == "[", let end = pattern.firstIndex(of: "]") {
                let members = pattern[pattern.index(after: pattern.startIndex)..<end]
                let isIn =
                    members.first == "!"
                    ? !members.dropFirst().contains(character) : members.contains(character)
                return isIn && matches(pattern: pattern[pattern.index(after: end)...], name.dropFirst())
            }
            return (first == "?" || first == character)
                && matches(pattern: pattern.dropFirst(), name.dropFirst())
        }
    }
}

extension PathGlob {
    fileprivate func matches(_ path: EntryPath) -> Bool { walk(to: path).isMatch }

    fileprivate func mayMatchBelow(_ path: EntryPath) -> Bool { walk(to: path).mayGoOn }

    private func walk(to path: EntryPath) -> GlobWalk {
        path.components.reduce(GlobWalk([self])) { $0.entering($1) }
    }
}
