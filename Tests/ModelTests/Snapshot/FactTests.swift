import Model
import Testing

@Suite struct `A fact` {
    private let before = Manifest.tree(["a": "1", "d/x": "2", "d/y": "3"])

    @Test func `of absence fails as soon as anything is there`() throws {
        let fact = Fact.absent(try path("gen"))
        #expect(fact.holds(in: before))
        #expect(!fact.holds(in: .tree(["gen/x": "1"])))
        #expect(!fact.holds(in: .tree(["gen": "1"])))
    }

    @Test func `of an entry does not look below a directory`() throws {
        let entry = try #require(before.entry(at: try path("d")))
        let fact = Fact.entry(try path("d"), entry)
        #expect(fact.holds(in: .tree(["d/other": "9"])))
        #expect(!fact.holds(in: .tree(["d": "9"])))
    }

    @Test func `of a subtree fails when anything below changes`() throws {
        let fact = Fact.subtree(try path("d"), try #require(before.tree(at: try path("d"))))
        #expect(fact.holds(in: .tree(["d/x": "2", "d/y": "3", "elsewhere": "1"])))
        #expect(!fact.holds(in: .tree(["d/x": "2", "d/y": "3", "d/z": "4"])))
    }

    @Test func `of type and mode does not look at content`() throws {
        let fact = Fact.metadata(try path("a"), kind: .file, mode: 0o644)
        #expect(fact.holds(in: .tree(["a": "other"])))
        #expect(!fact.holds(in: .tree(["a/b": "1"])))
    }

    @Test func `has a contrary that holds where it fails and nowhere where it holds`() throws {
        let facts: [Fact] = [
            .absent(try path("gen")), .entry(try path("a"), .file(mode: 0o644, content: .text("1"))),
            .subtree(try path("d"), try #require(before.tree(at: try path("d")))),
            .metadata(try path("a"), kind: .file, mode: 0o644),
        ]
        let elsewhere = Manifest.tree(["gen": "1", "a/b": "2", "d/x": "changed"])
        for fact in facts {
            #expect(fact.holds(in: before) && !fact.holds(in: elsewhere))
            let contrary = fact.contrary(in: elsewhere)
            #expect(contrary.holds(in: elsewhere) && !contrary.holds(in: before), "\(fact)")
        }
    }
}

@Suite struct `Facts of snapshots with one identity` {
    @Test func `are made to exclude each other`() throws {
        let old = Manifest.tree(["a": "1"])
        let new = Manifest.tree(["a": "2"])
        let entry = try #require(old.entry(at: try path("a")))
        let earlier = FactSet([.entry(try path("a"), entry)])
        // The later step did not touch `a` at all, so that without exclusion both would hold on `old`.
        var later = FactSet([.absent(try path("gen"))])
        #expect(later.broken(in: old).isEmpty)
        later.exclude([earlier], in: new)
        #expect(later.broken(in: new).isEmpty)
        #expect(!later.broken(in: old).isEmpty)
    }

    @Test func `stay as they are when the others hold too`() throws {
        let revision = Manifest.tree(["a": "1"])
        var facts = FactSet([.absent(try path("gen"))])
        facts.exclude([FactSet([.absent(try path("out"))])], in: revision)
        #expect(facts.facts == [.absent(try path("gen"))])
    }
}

@Suite struct `The rule of facts for delta entries` {
    private let revision = Manifest.tree(["file": "1", "dir/x": "2"])

    private func verdict(_ entry: DeltaRule.UpperEntry, _ text: String) throws -> DeltaRule.Verdict {
        let path = try path(text)
        return DeltaRule.verdict(for: entry, at: path, source: revision.position(of: path), in: revision)
    }

    @Test(arguments: [
        DeltaRule.UpperEntry.file, .link, .whiteout, .directory, .opaqueDirectory, .other,
    ]) func `over nothing is absence and looks no deeper`(entry: DeltaRule.UpperEntry) throws {
        #expect(try verdict(entry, "new") == .init(fact: .absent(try path("new")), descend: false))
    }

    @Test func `a merging directory over a directory is that entry, and what is in it speaks for itself`()
        throws
    {
        let own = try #require(revision.entry(at: try path("dir")))
        #expect(try verdict(.directory, "dir") == .init(fact: .entry(try path("dir"), own), descend: true))
    }

    @Test(arguments: [DeltaRule.UpperEntry.opaqueDirectory, .file, .link, .whiteout, .other])
    func `whatever hides a directory stands on its whole subtree`(entry: DeltaRule.UpperEntry) throws {
        let tree = try #require(revision.tree(at: try path("dir")))
        #expect(try verdict(entry, "dir") == .init(fact: .subtree(try path("dir"), tree), descend: false))
    }

    @Test(arguments: [DeltaRule.UpperEntry.file, .link, .whiteout, .directory, .opaqueDirectory])
    func `over a file is that file`(entry: DeltaRule.UpperEntry) throws {
        let own = try #require(revision.entry(at: try path("file")))
        #expect(try verdict(entry, "file") == .init(fact: .entry(try path("file"), own), descend: false))
    }
}
