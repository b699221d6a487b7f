import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

/// Which facts a delta records, and what is dropped from it, one case each.
@Suite struct DeltaSealTests {
    private let source = SourceTree([
        "f": .file("text"), "g": .file("more"), "l": .link("f"),
        "d": .directory(["x": .file("x"), "y": .file("y"), "e": .directory(["z": .file("z")])]),
        "empty": .directory([:]),
    ])

    /// Facts beside the root's, and the names left in the delta.
    private func seal(
        _ body: (borrowing Directory) throws -> Void
    ) throws -> (facts: Set<Fact>, left: [String], committed: CommittedStep) {
        let fixture = try LayersFixture()
        let revision = try fixture.layer(source)
        let committed = try fixture.workspaceStep(on: [revision], revision: source.manifest, body)
        let root = DeltaRule.rootFact(of: source.manifest)
        #expect(committed.facts.facts.first == root)
        let left = try committed.workspace.map {
            try TreeListing(of: fixture.store.layer($0.layer).directory).paths
        }
        return (Set(committed.facts.facts.dropFirst()), left ?? [], committed)
    }

    private func own(_ text: String) throws -> Fact {
        .entry(path(text), try #require(source.manifest.entry(at: path(text))))
    }

    private func subtree(_ text: String) throws -> Fact {
        .subtree(path(text), try #require(source.manifest.tree(at: path(text))))
    }

    // MARK: - Rule 3

    @Test func `what the source does not have is absent, and nothing below it is asked for`() throws {
        let sealed = try seal { root in
            try root.makeDirectory("new")
            try root.write("new/a", "a")
            try root.symlink("nowhere", "link")
            try root.write("d/other", "o")
        }
        #expect(
            sealed.facts == [
                .absent(path("new")), .absent(path("link")), try own("d"), .absent(path("d/other")),
            ])
        #expect(sealed.left == ["d", "d/other", "link", "new", "new/a"])
    }

    @Test func `a written file stands on that file and on the directories above it`() throws {
        let sealed = try seal { try $0.append("d/e/z", "!") }
        #expect(sealed.facts == [try own("d"), try own("d/e"), try own("d/e/z")])
    }

    @Test func `a removed file stands on what it was, a removed directory on all of it`() throws {
        let sealed = try seal { root in
            try root.delete("f")
            try root.delete("d")
        }
        #expect(sealed.facts == [try own("f"), try subtree("d")])
        #expect(sealed.left == ["d", "f"])
    }

    @Test func `a directory made anew stands on all that the old one had`() throws {
        let sealed = try seal { root in
            try root.delete("d")
            try root.makeDirectory("d")
            try root.write("d/x", "x")
        }
        #expect(sealed.facts == [try subtree("d")])
        #expect(sealed.left == ["d", "d/x"])
    }

    @Test
    func `a directory in the place of a file stands on the file, a file in that of a directory on all of it`()
        throws
    {
        let sealed = try seal { root in
            try root.delete("f")
            try root.makeDirectory("f")
            try root.write("f/in", "")
            try root.delete("d")
            try root.write("d", "")
        }
        #expect(sealed.facts == [try own("f"), try subtree("d")])
    }

    @Test func `a file over a link stands on the link`() throws {
        let sealed = try seal { root in
            try root.delete("l")
            try root.write("l", "now a file")
        }
        #expect(sealed.facts == [try own("l")])
    }

    // MARK: - Rule 5

    @Test func `a chmod that changes nothing leaves nothing, and asks for types and modes alone`() throws {
        let sealed = try seal { root in
            for name in ["f", "d/x", "d/y", "d/e/z", "d/e", "d", "empty"] {
                try root.chmod(
                    name, name.contains(".") || ["d", "d/e", "empty"].contains(name) ? 0o755 : 0o644)
            }
        }
        #expect(sealed.committed.workspace == nil)
        let files = ["f", "d/x", "d/y", "d/e/z"].map { Fact.metadata(path($0), kind: .file, mode: 0o644) }
        #expect(sealed.facts == Set(files + [try own("d"), try own("d/e"), try own("empty")]))
    }

    @Test func `what stays besides is unaffected, and its directory keeps its time`() throws {
        let fixture = try LayersFixture()
        let revision = try fixture.layer(source)
        let committed = try fixture.workspaceStep(on: [revision], revision: source.manifest) { root in
            try root.chmod("d/x", 0o644)
            try root.append("d/y", "!")
            try root.touch("d", seconds: 50)
        }
        let delta = try #require(committed.workspace)
        let listing = try TreeListing(of: fixture.store.layer(delta.layer).directory)
        #expect(listing.paths == ["d", "d/y"])
        #expect(listing.entries["d"]?.modified == 50_000_000_000)
        #expect(delta.size.entries == 2)
    }

    @Test func `another time, mode, owner or attribute keeps a file`() throws {
        let sealed = try seal { root in
            try root.touch("f", seconds: 999)
            try root.chmod("g", 0o600)
            try root.chown("d/x", 5, 5)
            try root.setAttribute("d/y", "user.a", "1")
        }
        #expect(sealed.left == ["d", "d/x", "d/y", "f", "g"])
        #expect(sealed.facts == [try own("f"), try own("g"), try own("d"), try own("d/x"), try own("d/y")])
    }

    @Test func `one nanosecond keeps a file`() throws {
        let sealed = try seal { root in
            let file = try root.openFile("f", .readWrite)
            try file.setModified(1_000_000_000_001)
        }
        #expect(sealed.left == ["f"])
    }

    @Test func `a file of the same size and time with other content stays`() throws {
        let sealed = try seal { root in
            try root.write("f", "TEXT")
            try root.touch("f", seconds: source.time)
        }
        #expect(sealed.left == ["f"])
    }

    @Test func `a file written anew with all the same goes, and still asks for its content`() throws {
        let sealed = try seal { root in
            try root.delete("f")
            try root.write("f", "text")
            try root.touch("f", seconds: source.time)
        }
        #expect(sealed.committed.workspace == nil)
        #expect(sealed.facts == [try own("f")])
    }

    @Test func `an equal link goes, and still asks for its target`() throws {
        let sealed = try seal { root in
            try root.delete("l")
            try root.symlink("f", "l")
            try root.touch("l", seconds: source.time)
        }
        #expect(sealed.committed.workspace == nil)
        #expect(sealed.facts == [try own("l")])
    }

    @Test func `nothing goes from a directory made anew, however equal`() throws {
        let sealed = try seal { root in
            try root.delete("empty")
            try root.makeDirectory("empty")
            try root.delete("d")
            try root.makeDirectory("d")
            try root.write("d/x", "x")
            try root.touch("d/x", seconds: source.time)
        }
        #expect(sealed.left == ["d", "d/x", "empty"])
    }

    @Test func `a directory that only had temporary files goes`() throws {
        let sealed = try seal { root in
            try root.write("d/temporary", "")
            try root.delete("d/temporary")
        }
        #expect(sealed.committed.workspace == nil)
        #expect(sealed.facts == [try own("d")])
    }

    @Test func `an empty directory of another mode, owner, attribute or given time stays`() throws {
        for change in [0, 1, 2, 3] {
            let sealed = try seal { root in
                switch change {
                case 0: try root.chmod("empty", 0o700)
                case 1: try root.chown("empty", 3, 3)
                case 2: try root.setAttribute("empty", "user.a", "1")
                default: try root.touch("empty", seconds: 5)
                }
            }
            #expect(sealed.left == ["empty"])
        }
    }

    @Test func `a chmod of both names of a hard link leaves the link as it was`() throws {
        let fixture = try LayersFixture()
        let source = SourceTree(["a": .file("same"), "b": .file("same")])
        let revision = try fixture.layer { root in
            try root.write("a", "same")
            try root.link("a", "b")
            try root.touch("a", seconds: 9)
        }
        let committed = try fixture.workspaceStep(on: [revision], revision: source.manifest) { root in
            try root.chmod("a", 0o644)
            try root.chmod("b", 0o644)
        }
        #expect(committed.workspace == nil)
        // Copied up from a file with two names they have no origin: the content is asked for.
        let entries = try ["a", "b"].map {
            Fact.entry(path($0), try #require(source.manifest.entry(at: path($0))))
        }
        #expect(Set(committed.facts.facts.dropFirst()) == Set(entries))
        #expect(try fixture.listing([revision]).entries["a"]?.links == 2)
    }

    @Test func `a new name for a source file keeps both names one file`() throws {
        let fixture = try LayersFixture()
        let revision = try fixture.layer(source)
        let committed = try fixture.workspaceStep(on: [revision], revision: source.manifest) {
            try $0.link("f", "second")
        }
        let view = try fixture.listing(committed.deltaAbove([revision]))
        #expect(view.entries["f"]?.links == 2)
        #expect(view.entries["second"]?.links == 2)
    }

    @Test func `what equals an ancestor's file goes, and one that equals only the source does not`() throws {
        let fixture = try LayersFixture()
        let revision = try fixture.layer(source)
        let first = try fixture.workspaceStep(on: [revision], revision: source.manifest) { root in
            try root.write("f", "ancestor's")
            try root.touch("f", seconds: 60)
            try root.makeDirectory("made")
            try root.write("made/m", "m")
            try root.touch("made/m", seconds: 61)
        }
        let lineage = first.deltaAbove([revision])
        let second = try fixture.workspaceStep(on: lineage, revision: source.manifest) { root in
            try root.chmod("f", 0o644)
            try root.chmod("made", 0o755)
            try root.chmod("made/m", 0o644)
        }
        #expect(second.workspace == nil)
        #expect(
            Set(second.facts.facts.dropFirst())
                == [.metadata(path("f"), kind: .file, mode: 0o644), .absent(path("made"))])
        let third = try fixture.workspaceStep(on: lineage, revision: source.manifest) { root in
            try root.write("f", "text")
            try root.touch("f", seconds: source.time)
        }
        #expect(try fixture.listing(third.deltaAbove(lineage)).text("f") == "text")
    }

    @Test func `a whiteout stays whatever is below`() throws {
        let fixture = try LayersFixture()
        let revision = try fixture.layer(source)
        let first = try fixture.workspaceStep(on: [revision], revision: source.manifest) {
            try $0.delete("d/x")
        }
        let lineage = first.deltaAbove([revision])
        let second = try fixture.workspaceStep(on: lineage, revision: source.manifest) { root in
            try root.chmod("d", 0o755)
            try root.delete("d/y")
        }
        #expect(
            try fixture.listing(second.deltaAbove(lineage)).paths.filter { $0.hasPrefix("d/") } == [
                "d/e", "d/e/z",
            ])
    }

    @Test func `very deep and very long paths: sealed up to the kernel's limit, named beyond it`() throws {
        let fixture = try LayersFixture()
        let source = SourceTree()
        let revision = try fixture.layer(source)
        func nested(_ depth: Int) throws -> CommittedStep {
            try fixture.workspaceStep(on: [revision], revision: source.manifest) { root in
                var current = try root.reopened()
                for _ in 0..<depth {
                    try current.createDirectory("n")
                    current = try current.openDirectory("n")
                }
            }
        }
        #expect(try nested(2000).workspace?.size.entries == 2000)
        #expect(failureCode { _ = try nested(2100) } == .tooLarge)
    }
}
