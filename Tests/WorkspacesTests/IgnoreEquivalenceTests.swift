import Linux
import Model
import TestSupport
import Testing
import Workspaces

/// The rules against git itself.
@Suite struct IgnoreEquivalenceTests {
    @Test(arguments: 0..<8)
    func `random patterns on random trees leave out what git check-ignore names`(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed) + 1)
        for _ in 0..<30 {
            let scratch = try Scratch()
            let tree = RandomTree(&random)
            try tree.write(below: scratch)
            let expected = try tree.ignoredByGit(in: scratch)
            let actual = try tree.ignoredByRules()
            if expected != actual {
                Issue.record(
                    """
                    seed \(seed): git alone \(expected.subtracting(actual).sorted()), \
                    rules alone \(actual.subtracting(expected).sorted())
                    \(tree.description)
                    """)
            }
        }
    }
}

/// Some directories with files and rule files, made of few letters so that patterns often match.
private struct RandomTree: CustomStringConvertible {
    /// Path to whether it is a directory.
    private(set) var entries: [String: Bool] = [:]
    /// Directory to the text of its `.gitignore`.
    private(set) var gitignores: [String: [UInt8]] = [:]
    private let exclude: [UInt8]

    init(_ random: inout SplitMix) {
        exclude = RandomTree.rules(&random, count: 3)
        gitignores[""] = RandomTree.rules(&random, count: 5)
        for _ in 0..<90 {
            var path = ""
            for depth in 0..<Int.random(in: 1...5, using: &random) {
                path += (depth == 0 ? "" : "/") + RandomTree.name(&random)
                if entries[path] == false { break }
                if entries[path] == nil { entries[path] = random.chance(60) }
                if entries[path] == true, random.chance(12) {
                    gitignores[path] = RandomTree.rules(&random, count: 3)
                }
                if entries[path] == false { break }
            }
        }
    }

    private static func name(_ random: inout SplitMix) -> String {
        random.pick([
            "a", "b", "c", "aa", "ab", "ba", "abc", "a.o", "b.o", ".a", "A", "a b", "a ", "#a", "!a", "[a]",
            "a\\b", "ä", "é",
        ])
    }

    private static func rules(_ random: inout SplitMix, count: Int) -> [UInt8] {
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: 0...count, using: &random) {
            text += pattern(&random)
            text += Array(
                random.pick(["\n", "\n", "\n", "\n", "\r\n", " \n", "\\ \n", "/\n", "/ \n", "\n\n"]).utf8)
        }
        if random.chance(10) { text += pattern(&random) + (random.chance(30) ? [UInt8(ascii: "\r")] : []) }
        if random.chance(5) { text = [0xEF, 0xBB, 0xBF] + text }
        return text
    }

    private static func pattern(_ random: inout SplitMix) -> [UInt8] {
        let atoms = [
            "a", "a", "b", "c", "A", ".", "o", "*", "*", "*", "?", "**", "/", "/", "/", "**/", "/**", "/**/",
            "[ab]",
            "[!a]", "[^a-b]", "[[:alpha:]]", "[]a]", "[a-", "[[:no:]]", "\\a", "\\*", "\\", " ", "#", "!",
            "[a/b]", "\\/",
            "***", "[\\]a]", "[[:upper:][:digit:]]", "[a-c.]", "ä", "[é]", "\t", "[b-a]", "[[:alpha]",
            "[--b]", "[\\a-\\c]",
        ]
        var text = random.chance(25) ? "!" : ""
        if random.chance(20) { text += "/" }
        for _ in 0..<Int.random(in: 1...5, using: &random) { text += random.pick(atoms) }
        var bytes = Array(text.utf8)
        if random.chance(3) {
            bytes.insert(random.pick([0, 0xFF, 0xC3]), at: Int.random(in: 0...bytes.count, using: &random))
        }
        return bytes
    }

    func write(below scratch: Scratch) throws {
        try scratch.sh("git init -q --template= .")
        try scratch.directory.createFile("exclude").writeAll(exclude)
        try scratch.sh("mkdir -p .git/info && mv exclude .git/info/exclude")
        for (path, isDirectory) in entries.sorted(by: { $0.key < $1.key }) {
            let parent = try parent(of: path, in: scratch)
            if isDirectory {
                try parent.createDirectory(name(path))
            } else {
                _ = try parent.createFile(name(path))
            }
        }
        for (directory, text) in gitignores {
            try parent(of: directory + (directory.isEmpty ? "" : "/") + "x", in: scratch)
                .createFile(".gitignore").writeAll(text)
        }
    }

    private func name(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

    private func parent(of path: String, in scratch: Scratch) throws -> Directory {
        let parts = path.split(separator: "/").dropLast()
        return parts.isEmpty
            ? try scratch.directory.reopened()
            : try scratch.directory.openDirectory(beneath: parts.joined(separator: "/"))
    }

    func ignoredByGit(in scratch: Scratch) throws -> Set<String> {
        let paths = Array((entries.keys.joined(separator: "\0") + "\0").utf8)
        try scratch.directory.createFile(".paths").writeAll(paths)
        // Ignoring nothing is exit status 1.
        let output = try scratch.sh("git check-ignore --no-index -z --stdin < .paths || test $? = 1")
        return Set(output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    }

    func ignoredByRules() throws -> Set<String> {
        var rules = IgnoreRules(.standard)
        var ignored: Set<String> = []
        try visit("", &rules, &ignored)
        return ignored
    }

    private func visit(_ directory: String, _ rules: inout IgnoreRules, _ ignored: inout Set<String>) throws {
        let files = IgnoreRules.Files(
            gitignore: try #require(IgnoreList(file: gitignores[directory] ?? [])),
            gitExclude: directory.isEmpty ? try #require(IgnoreList(file: exclude)) : .empty)
        rules.enter(pathLength: directory.utf8.count, files)
        let prefix = directory.isEmpty ? "" : directory + "/"
        for (path, isDirectory) in entries
        where path.hasPrefix(prefix) && !path.dropFirst(prefix.count).contains("/") {
            let decision = rules.decision(
                on: Array(path.utf8), nameStart: prefix.utf8.count, isDirectory: isDirectory, in: .everything
            ) { .untracked }
            if decision == .leaveOut {
                ignored.formUnion(entries.keys.filter { $0 == path || $0.hasPrefix(path + "/") })
            } else if isDirectory {
                try visit(path, &rules, &ignored)
            }
        }
        rules.leave()
    }

    var description: String {
        ([("exclude", exclude)]
            + gitignores.sorted { $0.key < $1.key }.map { ($0.key + "/.gitignore", $0.value) })
            .map { "\($0): " + String(decoding: $1, as: UTF8.self).debugDescription }.joined(separator: "\n")
    }
}
