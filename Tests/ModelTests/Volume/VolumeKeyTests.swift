import Model
import Testing

@Suite struct VolumeKeyTests {
    private let revision = PatternDigests(
        on: Manifest.tree(["go.sum": "one", "sub/go.sum": "two", "a.txt": "three"]))

    private func text(_ written: String) throws -> String {
        try VolumeKey(written).resolved(on: revision).text
    }

    @Test func `text stays as it is, also what looks like other tools' expressions`() throws {
        #expect(try text("npm-$HOME-{a}-1.4") == "npm-$HOME-{a}-1.4")
    }

    @Test func `hashFiles is what the matching files are, and changes with them alone`() throws {
        let key = try VolumeKey("go-${{ hashFiles('**/go.sum') }}-x")
        let first = key.resolved(on: revision).text
        #expect(first.hasPrefix("go-") && first.hasSuffix("-x") && first.utf8.count == 3 + 64 + 2)
        let elsewhere = Manifest.tree(["go.sum": "one", "sub/go.sum": "two", "a.txt": "changed"])
        #expect(key.resolved(on: PatternDigests(on: elsewhere)).text == first)
        let changed = Manifest.tree(["go.sum": "one", "sub/go.sum": "2", "a.txt": "three"])
        #expect(key.resolved(on: PatternDigests(on: changed)).text != first)
        #expect(try text("${{hashFiles(\"go.sum\",'sub/*')}}") != text("${{ hashFiles('go.sum') }}"))
    }

    @Test func `hashFiles of nothing is nothing, and said`() throws {
        let resolved = try VolumeKey("a-${{ hashFiles('none/*') }}").resolved(on: revision)
        #expect(resolved.text == "a-" && resolved.unmatched.map(\.text) == ["none/*"])
        let partly = try VolumeKey("${{ hashFiles('go.sum', 'none') }}").resolved(on: revision)
        #expect(partly.text.utf8.count == 64 && partly.unmatched.map(\.text) == ["none"])
    }

    @Test(arguments: [
        "", "a\nb", "${{ hashFiles('a')", "${{ github.sha }}", "${{ hashFiles() }}", "${{ hashFiles(a) }}",
        "${{ hashFiles('a' 'b') }}", "${{ hashFiles('a',) }}", "${{ hashFiles('../a') }}",
        "${{ hashFiles('a }}",
        "${{ hashFiles(\((0...1000).map { "'\($0)'" }.joined(separator: ","))) }}",
        String(repeating: "k", count: 513), String(repeating: "k", count: 449) + "${{ hashFiles('a') }}",
    ])
    func `what can be no key is refused when it is read`(_ written: String) {
        #expect(throws: VolumeKey.Problem.self) { try VolumeKey(written) }
    }

    @Test func `the longest keys fit`() throws {
        let longest = try VolumeKey(String(repeating: "k", count: 448) + "${{ hashFiles('go.sum') }}")
        #expect(longest.resolved(on: revision).text.utf8.count == VolumeKey.longest)
    }

    @Test func `a prefix that ends inside a word is known as one`() throws {
        for (written, expected) in [
            ("node-1", true), ("node", true), ("node-1-", false), ("v1.", false),
            ("${{ hashFiles('a') }}", false),
        ] {
            #expect(try VolumeKey(written).endsInsideWord == expected, "\(written)")
        }
    }
}
