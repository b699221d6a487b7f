import Layers
import Linux
import Model
import SystemPackage
import Testing

@Suite struct LayerComparisonTests {
    /// Two layers of the same content, the second one changed.
    private func equal(_ change: (borrowing Directory) throws -> Void) throws -> Bool {
        let fixture = try LayersFixture()
        let base = try fixture.layer { root in
            try root.write("below", "b")
            try root.makeDirectory("gone")
            try root.makeDirectory("again")
        }
        func fill(_ root: borrowing Directory) throws {
            try root.write("f", "text")
            try root.symlink("f", "l")
            try root.makeDirectory("d")
            try root.write("d/x", "x")
            try root.link("d/x", "d/y")
            try root.write("d/z", "x")
            try root.setAttribute("d/z", "user.a", "1")
            try root.append("below", "!")
            try root.delete("gone")
            try root.delete("again")
            try root.makeDirectory("again")
        }
        let first = try fixture.systemStep(on: [base], fill).above([base])[0]
        let second = try fixture.systemStep(on: [base]) { root in
            try fill(root)
            try change(root)
        }.above([base])[0]
        let isEqual = try fixture.store.equal(first.id, second.id)
        #expect(try fixture.store.equal(second.id, first.id) == isEqual)
        return isEqual
    }

    @Test func `files of terabytes that are nearly all hole are compared at once, to their last byte`() throws
    {
        let fixture = try LayersFixture()
        func layer(_ end: String) throws -> LayerID {
            try fixture.layer { root in
                try root.write("f", "")
                try root.openFile("f", .readWrite).truncate(to: 8 << 40)
                try root.append("f", end)
            }.id
        }
        let first = try layer("a")
        #expect(try fixture.store.equal(first, try layer("a")))
        #expect(try !fixture.store.equal(first, try layer("b")))
    }

    @Test func `the same work at another time is equal`() throws {
        #expect(try equal { _ in })
        #expect(try equal { try $0.touch("f", seconds: 1) })
        #expect(try equal { try $0.touch("d", seconds: 1) })
    }

    @Test func `every difference but times counts`() throws {
        let changes: [(borrowing Directory) throws -> Void] = [
            { try $0.write("f", "TEXT") }, { try $0.write("f", "longer") }, { try $0.chmod("f", 0o600) },
            { try $0.chown("f", 1, 0) }, { try $0.chown("d", 0, 1) }, { try $0.chmod("d", 0o700) },
            { try $0.setAttribute("d/z", "user.a", "2") }, { try $0.setAttribute("d", "user.b", "1") },
            { try $0.setAttribute("f", "user.b", "1") }, { try $0.write("new", "") }, { try $0.delete("f") },
            { try $0.delete("below") }, { try $0.makeDirectory("gone") },
            { root in
                try root.delete("l")
                try root.symlink("g", "l")
            },
            { root in
                try root.delete("d/y")
                try root.write("d/y", "x")
            },
            { root in
                try root.delete("d/z")
                try root.link("d/x", "d/z")
            },
            { root in
                try root.delete("f")
                try root.makeDirectory("f")
            },
            { try $0.descriptor.setMode(0o700) },
        ]
        for (index, change) in changes.enumerated() {
            #expect(try !equal(change), "change \(index)")
        }
    }

    @Test func `an opaque directory is not a plain one`() throws {
        let fixture = try LayersFixture()
        let plain = try fixture.layer { try $0.makeDirectory("d") }
        let opaque = try fixture.layer { root in
            try root.makeDirectory("d")
            try root.openDirectory("d").setOpaque()
        }
        #expect(try !fixture.store.equal(plain.id, opaque.id))
    }

    @Test func `a step can be compared before it is committed`() throws {
        let fixture = try LayersFixture()
        let source = SourceTree(["a": .file("a")])
        let revision = try fixture.layer(source)
        let layers = StepLayers(system: [], workspace: .readWrite([revision]))
        func run(_ text: String) throws -> SealedStep {
            try fixture.sealed(on: layers, revision: source.manifest) { system, workspace in
                try system.write("s", "system")
                try workspace?.write("w", text)
            }
        }
        let older = try run("same").commit(system: fixture.number(), workspace: fixture.number())
        let system = older.system?.layer
        let workspace = older.workspace?.layer
        #expect(try run("same").equals(system: system, workspace: workspace))
        #expect(try !run("else").equals(system: system, workspace: workspace))
        #expect(try !run("same").equals(system: nil, workspace: workspace))
        #expect(try !run("same").equals(system: system, workspace: nil))
    }
}

@Suite struct LayerChangesTests {
    private let base: (borrowing Directory) throws -> Void = { root in
        try root.write("f", "four")
        try root.makeDirectory("d")
        try root.write("d/x", "x")
        try root.write("d/y", "y")
        try root.makeDirectory("d/e")
        try root.write("d/e/z", "z")
        try root.makeDirectory("tree")
        try root.write("tree/leaf", "")
    }

    private func text(_ changes: [LayerChange]) -> [String] {
        changes.map { "\($0.kind.rawValue) \($0.path)" }
    }

    private func changes(
        _ body: (borrowing Directory) throws -> Void
    ) throws -> (LayersFixture, LayerID, [LayerReference]) {
        let fixture = try LayersFixture()
        let below = [try fixture.layer(base)]
        let committed = try fixture.systemStep(on: below, body)
        return (fixture, committed.above(below)[0].id, below)
    }

    @Test func `additions, modifications and deletions, directories first`() throws {
        let (fixture, layer, below) = try changes { root in
            try root.append("f", "!")
            try root.delete("d/x")
            try root.write("d/new", "n")
            try root.delete("tree")
            try root.makeDirectory("made")
            try root.write("made/in", "12345")
            try root.chmod("d/e", 0o700)
        }
        let page = try fixture.store.changes(of: layer, over: below, limit: 100)
        #expect(page.next == nil)
        #expect(
            text(page.changes) == ["M d/e", "A d/new", "D d/x", "M f", "A made", "A made/in", "D tree"])
        #expect(page.changes.map(\.size) == [0, 1, 0, 5, 0, 5, 0].enumerated().map { $0 == 2 ? 1 : $1 })
        #expect(page.changes.last?.entry == .directory)
    }

    @Test func `a directory made anew reports what it has lost, and what it has got`() throws {
        let (fixture, layer, below) = try changes { root in
            try root.delete("d")
            try root.makeDirectory("d")
            try root.write("d/x", "other")
            try root.write("d/new", "")
            try root.makeDirectory("d/e")
        }
        let page = try fixture.store.changes(of: layer, over: below, limit: 100)
        #expect(text(page.changes) == ["D d/e/z", "A d/new", "M d/x", "D d/y"])
    }

    @Test func `another kind of entry is a modification`() throws {
        let (fixture, layer, below) = try changes { root in
            try root.delete("f")
            try root.makeDirectory("f")
            try root.write("f/in", "")
            try root.delete("tree")
            try root.symlink("d", "tree")
        }
        let page = try fixture.store.changes(of: layer, over: below, limit: 100)
        #expect(text(page.changes) == ["M f", "A f/in", "M tree"])
    }

    @Test func `what was copied up without a change, and a whiteout over nothing, are none`() throws {
        let (fixture, layer, below) = try changes { root in
            try root.chmod("f", 0o644)
            try root.chmod("d/x", 0o644)
            try root.write("d/new", "")
        }
        #expect(text(try fixture.store.changes(of: layer, over: below, limit: 9).changes) == ["A d/new"])
        let ghost = try fixture.layer { root in
            try root.createWhiteout("nothing")
            try root.createWhiteout("f")
        }
        #expect(text(try fixture.store.changes(of: ghost.id, over: below, limit: 9).changes) == ["D f"])
    }

    @Test func `pages of any size put together are the whole list`() throws {
        let (fixture, layer, below) = try changes { root in
            try root.delete("d")
            try root.makeDirectory("d")
            for name in ["d/x", "d-", "a", "d.e", "z"] { try root.write(name, "") }
            try root.makeDirectory("m")
            for index in 0..<12 { try root.write("m/\(index)", "") }
            try root.delete("tree")
        }
        let whole = try fixture.store.changes(of: layer, over: below, limit: 1000).changes
        #expect(whole.count == 21)
        for limit in [1, 2, 3, 7, 20, 21] {
            var collected: [LayerChange] = []
            var next: EntryPath?
            repeat {
                let page = try fixture.store.changes(of: layer, over: below, after: next, limit: limit)
                #expect(page.changes.count <= limit)
                collected += page.changes
                next = page.next
            } while next != nil
            #expect(collected == whole, "pages of \(limit)")
        }
    }
}

@Suite struct LineagePathsTests {
    @Test func `only what the lineage wrote and left is there, whatever the revision has`() throws {
        let fixture = try LayersFixture()
        let source = SourceTree([
            "src": .directory(["main.c": .file("main"), "gone.c": .file("gone")]),
            "out": .directory(["source.txt": .file("source's")]),
        ])
        let revision = try fixture.layer(source)
        var layers = [revision]
        let steps: [(borrowing Directory) throws -> Void] = [
            { root in
                try root.write("src/made.h", "first")
                try root.write("out/a.txt", "a")
                try root.write("out/b.txt", "b")
                try root.delete("src/gone.c")
                try root.makeDirectory("coverage")
                try root.write("coverage/index.html", "<>")
                try root.symlink("index.html", "coverage/link")
            },
            { root in
                try root.write("src/made.h", "second")
                try root.delete("out/b.txt")
                try root.chmod("src/main.c", 0o644)
            },
        ]
        for step in steps {
            layers = try fixture.workspaceStep(on: layers, revision: source.manifest, step).deltaAbove(layers)
        }
        let deltas = Array(layers.dropLast())
        func paths(_ globs: String...) throws -> [String] {
            var found: [String] = []
            try fixture.store.forEachEntry(writtenBy: deltas, matching: try globs.map { try PathGlob($0) }) {
                found.append($0.path.description)
            }
            return found
        }
        #expect(
            try paths(".") == [
                "coverage", "coverage/index.html", "coverage/link", "out", "out/a.txt", "src", "src/made.h",
            ])
        #expect(try paths("coverage/") == ["coverage", "coverage/index.html", "coverage/link"])
        #expect(try paths("**/*.txt") == ["out/a.txt"])
        #expect(try paths("out/source.txt", "src/main.c", "nothing") == [])
        var texts: [String] = []
        try fixture.store.forEachEntry(writtenBy: deltas, matching: [try PathGlob("src/*")]) { entry in
            texts.append(String(decoding: try entry.openFile().readAll(limit: 100), as: UTF8.self))
        }
        #expect(texts == ["second"])
    }

    @Test func `a deleted file of a single delta is no entry`() throws {
        let fixture = try LayersFixture()
        let delta = try fixture.layer { root in
            try root.makeDirectory("d")
            try root.openDirectory("d").createWhiteout("gone")
            try root.write("d/kept", "")
        }
        var found: [String] = []
        try fixture.store.forEachEntry(writtenBy: [delta], matching: [try PathGlob("**")]) {
            found.append($0.path.description)
        }
        #expect(found == ["d", "d/kept"])
        try fixture.store.forEachEntry(writtenBy: [], matching: [try PathGlob("**")]) { _ in
            Issue.record("an empty lineage wrote something")
        }
    }
}
