import Model
import TestSupport
import Testing

@Suite struct `A manifest` {
    @Test func `has one digest whatever the order in which entries came`() {
        var forwards = ManifestBuilder(rootMode: 0o755)
        forwards.addFile(Array("a".utf8), mode: 0o644, size: 1, content: .text("a"))
        forwards.addFile(Array("b".utf8), mode: 0o644, size: 1, content: .text("b"))
        var backwards = ManifestBuilder(rootMode: 0o755)
        backwards.addFile(Array("b".utf8), mode: 0o644, size: 1, content: .text("b"))
        backwards.addFile(Array("a".utf8), mode: 0o644, size: 1, content: .text("a"))
        #expect(forwards.finish().digest == backwards.finish().digest)
    }

    @Test(arguments: [
        ["dir/a": "1"], ["dir/b": "1"], ["dir/a": "2"], ["dir/a": "1", "dir/b": "1"], ["dir": "1"],
        ["a": "1"],
    ]) func `differs when any path or content does`(files: [String: String]) {
        let reference = Manifest.tree(["dir/a": "1", "other": "x"])
        #expect(Manifest.tree(files).digest != reference.digest)
    }

    @Test func `differs in the mode of a file, a directory and the root`() {
        func manifest(file: UInt16, directory: UInt16, root: UInt16) -> Digest {
            var builder = ManifestBuilder(rootMode: root)
            builder.beginDirectory(Array("d".utf8), mode: directory)
            builder.addFile(Array("f".utf8), mode: file, size: 1, content: .text("x"))
            builder.endDirectory()
            return builder.finish().digest
        }
        let digests = Set([
            manifest(file: 0o644, directory: 0o755, root: 0o755),
            manifest(file: 0o755, directory: 0o755, root: 0o755),
            manifest(file: 0o644, directory: 0o700, root: 0o755),
            manifest(file: 0o644, directory: 0o755, root: 0o700),
        ])
        #expect(digests.count == 4)
    }

    @Test func `tells a file from a link with the same bytes`() {
        var file = ManifestBuilder(rootMode: 0o755)
        file.addFile(Array("x".utf8), mode: 0o777, size: 1, content: .text("t"))
        var link = ManifestBuilder(rootMode: 0o755)
        link.addLink(Array("x".utf8), target: .text("t"))
        #expect(file.finish().digest != link.finish().digest)
    }

    @Test func `finds entries through directories only`() throws {
        let manifest = Manifest.tree(["a/b/c": "1", "a/b2": "2", "z": "3"])
        #expect(manifest.entry(at: try path("a/b/c")) == .file(mode: 0o644, content: .text("1")))
        #expect(manifest.entry(at: try path("a/b")) == .directory(mode: 0o755))
        #expect(manifest.entry(at: .root) == .directory(mode: 0o755))
        #expect(manifest.entry(at: try path("z/below")) == nil)
        #expect(manifest.entry(at: try path("a/b/d")) == nil)
    }

    @Test func `has equal subtrees exactly where nothing below differs`() throws {
        let before = Manifest.tree(["a/x": "1", "b/y": "1"])
        let after = Manifest.tree(["a/x": "1", "b/y": "2"])
        #expect(before.tree(at: try path("a")) == after.tree(at: try path("a")))
        #expect(before.tree(at: try path("b")) != after.tree(at: try path("b")))
    }

    @Test func `reads back what it was written as`() throws {
        let manifest = Manifest.tree(["a/b/c": "1", "a/é\n": "2", "z": "3"])
        let read = try #require(Manifest(encoded: manifest.encoded()))
        #expect(read.digest == manifest.digest)
        #expect(read.entry(at: try path("a/b/c")) == manifest.entry(at: try path("a/b/c")))
        #expect(read.entryCount == 5)
    }

    @Test func `refuses bytes that were cut or altered in structure`() {
        let bytes = Manifest.tree(["a/b": "1", "c": "2"]).encoded()
        for length in 0..<bytes.count { #expect(Manifest(encoded: Array(bytes[..<length])) == nil) }
        var altered = bytes
        altered[altered.firstIndex(of: 10).map { $0 + 1 } ?? 0] = 0xff
        #expect(Manifest(encoded: altered) == nil)
    }
}

@Suite struct `What on_change looks at` {
    private let manifest = Manifest.tree([
        "package.json": "1", "src/a.c": "2", "src/deep/b.c": "3", "src/deep/b.h": "4", ".hidden": "5",
    ])

    @Test func `changes with every covered entry and with no other`() throws {
        let globs = [try PathGlob("src/**/*.c"), try PathGlob("package.json")]
        let reference = manifest.digest(matching: globs)
        #expect(reference.unmatched.isEmpty)
        let sameElsewhere = Manifest.tree([
            "package.json": "1", "src/a.c": "2", "src/deep/b.c": "3", "src/deep/b.h": "changed", "new": "6",
        ])
        #expect(sameElsewhere.digest(matching: globs) == reference)
        for changed in ["package.json", "src/a.c", "src/deep/b.c"] {
            var files = [
                "package.json": "1", "src/a.c": "2", "src/deep/b.c": "3", "src/deep/b.h": "4", ".hidden": "5",
            ]
            files[changed] = "changed"
            #expect(Manifest.tree(files).digest(matching: globs) != reference, "\(changed)")
            files[changed] = nil
            #expect(Manifest.tree(files).digest(matching: globs) != reference, "\(changed)")
        }
    }

    @Test func `covers everything below a directory that matches`() throws {
        let globs = [try PathGlob("src")]
        let changed = Manifest.tree([
            "package.json": "1", "src/a.c": "2", "src/deep/b.c": "x", "src/deep/b.h": "4",
        ])
        #expect(manifest.digest(matching: globs) != changed.digest(matching: globs))
    }

    @Test func `says from where on a path is not there`() throws {
        for (path, absent) in [
            ("src/deep/new.c", "src/deep/new.c"), ("src/new/deep/x", "src/new"), ("gen/x/y", "gen"),
            ("package.json/x", "package.json/x"), ("src/a.c", nil), ("src", nil), ("", nil),
        ] as [(String, String?)] {
            let path = try #require(EntryPath(path))
            #expect(manifest.firstAbsent(of: path) == absent.map { EntryPath(unchecked: Array($0.utf8)) })
        }
    }

    @Test func `names globs that match nothing`() throws {
        let globs = [try PathGlob("missing.lock"), try PathGlob("src")]
        #expect(manifest.digest(matching: globs).unmatched == [try PathGlob("missing.lock")])
    }

    @Test func `takes a glob for matched also below another's match`() throws {
        let globs = [try PathGlob("src"), try PathGlob("src/deep/*.h")]
        #expect(manifest.digest(matching: globs).unmatched.isEmpty)
    }
}
