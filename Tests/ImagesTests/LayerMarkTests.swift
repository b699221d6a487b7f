import Archives
import Images
import Layers
import Linux
import Model
import TestSupport
import Testing

/// What the marks of an image's layers do to the layers below, seen through a real overlay.
struct LayerMarkTests {
    private struct Stack {
        let listing: TreeListing
        let imported: ImportedImage
        let fixture: ImportFixture

        init(_ fills: [(inout TarBuilder) -> Void]) async throws {
            let scratch = try Scratch()
            let fixture = try ImportFixture(below: scratch)
            let layout = try LayoutBuilder(scratch)
            try layout.add(try layout.image(try fills.map { try layout.layer($0) }))
            imported = try await fixture.importer.importOCILayout(layout.open(), tag: nil)
            listing = try fixture.listing(imported.image)
            self.fixture = fixture
            try #require(try fixture.leftovers() == [])
        }
    }

    private static func base(_ tar: inout TarBuilder) {
        tar.directory("d", mode: 0o750)
        tar.file("d/one", "1")
        tar.file("d/two", "2")
        tar.directory("e")
        tar.file("e/f", "f")
        tar.file("top", "t")
    }

    @Test func `a whiteout hides a file, a directory, and nothing else`() async throws {
        let stack = try await Stack([
            Self.base,
            {
                $0.file("d/.wh.one")
                $0.file(".wh.e")
            },
        ])
        #expect(stack.listing.paths == ["d", "d/two", "top"])
    }

    @Test
    func `an opaque mark hides what lower layers have in the directory, wherever it stands in the archive`()
        async throws
    {
        for isFirst in [true, false] {
            let stack = try await Stack([
                Self.base,
                {
                    if isFirst { $0.file("d/.wh..wh..opq") }
                    $0.file("d/new", "n")
                    if !isFirst { $0.file("d/.wh..wh..opq") }
                },
            ])
            #expect(stack.listing.paths == ["d", "d/new", "e", "e/f", "top"])
            #expect(stack.listing.entries["d"]?.mode == 0o750)
        }
    }

    @Test func `an opaque mark at the top hides everything below`() async throws {
        let stack = try await Stack([
            Self.base,
            {
                $0.file("e/own", "x")
                $0.file(".wh..wh..opq")
            },
        ])
        #expect(stack.listing.paths == ["e", "e/own"])
    }

    @Test func `a whiteout does not touch what its own layer has of that name, before or after it`()
        async throws
    {
        for isFirst in [true, false] {
            let stack = try await Stack([
                Self.base,
                {
                    if isFirst {
                        $0.file(".wh.d")
                        $0.file(".wh.top")
                    }
                    $0.directory("d", mode: 0o711)
                    $0.file("d/new", "n")
                    $0.file("top", "new")
                    if !isFirst {
                        $0.file(".wh.d")
                        $0.file(".wh.top")
                    }
                },
            ])
            #expect(stack.listing.paths == ["d", "d/new", "e", "e/f", "top"])
            #expect(stack.listing.text("top") == "new")
            #expect(stack.listing.entries["d"]?.mode == 0o711)
        }
    }

    @Test func `a whiteout and a file below it mean a new directory`() async throws {
        let stack = try await Stack([
            Self.base,
            {
                $0.file(".wh.d")
                $0.file("d/new", "n")
            },
        ])
        #expect(stack.listing.paths == ["d", "d/new", "e", "e/f", "top"])
        #expect(stack.listing.entries["d"]?.mode == 0o755)
    }

    @Test func `a directory no entry describes is what it is below`() async throws {
        let stack = try await Stack([
            {
                $0.entry(
                    "d", type: "5", mode: 0o2750, uid: 5, gid: 6, time: 77,
                    pax: [("SCHILY.xattr.user.x", [1])])
                $0.directory("d/e", mode: 0o700)
            },
            { $0.file("d/e/f/g", "x") },
        ])
        #expect(stack.listing.entries["d"]?.mode == 0o2750)
        #expect(stack.listing.entries["d"]?.uid == 5)
        #expect(stack.listing.entries["d"]?.gid == 6)
        #expect(stack.listing.entries["d"]?.modified == 77_000_000_000)
        #expect(stack.listing.entries["d"]?.attributes == ["user.x": [1]])
        #expect(stack.listing.entries["d/e"]?.mode == 0o700)
        #expect(stack.listing.entries["d/e/f"]?.mode == 0o755)
    }

    @Test func `the topmost directory keeps what a lower layer says of it`() async throws {
        let stack = try await Stack([
            { $0.entry("./", type: "5", mode: 0o1777, uid: 3, time: 99) }, { $0.file("f", "x") },
        ])
        #expect(stack.listing.entries[""]?.mode == 0o1777)
        #expect(stack.listing.entries[""]?.uid == 3)
    }

    @Test func `a whiteout of nothing leaves no name behind`() async throws {
        let stack = try await Stack([
            Self.base,
            {
                $0.directory("fresh")
                $0.file("fresh/.wh.ghost")
                $0.file(".wh.phantom")
                $0.file("d/.wh..wh..opq")
                $0.file("d/.wh.two")
            },
        ])
        #expect(stack.listing.paths == ["d", "e", "e/f", "fresh", "top"])
    }

    @Test(arguments: [["with", "without"], ["without", "with"]])
    func `a whiteout leaves no name behind over layers without its directory, whichever were imported first`(
        order: [String]
    ) async throws {
        let scratch = try Scratch()
        let fixture = try ImportFixture(below: scratch)
        let layout = try LayoutBuilder(scratch)
        let hiding = try layout.layer {
            $0.directory("d")
            $0.file("d/.wh.name")
            $0.file("d/own", "x")
        }
        let with = try layout.layer { $0.file("d/name", "x") }
        let without = try layout.layer { $0.file("e", "x") }
        try layout.add(try layout.image([with, hiding]), tag: "with")
        try layout.add(try layout.image([without, hiding]), tag: "without")
        let expected = ["with": ["d", "d/own"], "without": ["d", "d/own", "e"]]
        for tag in order {
            let imported = try await fixture.importer.importOCILayout(layout.open(), tag: tag)
            fixture.record(imported)
            #expect(try fixture.listing(imported.image).paths == expected[tag])
        }
    }

    @Test func `a layer with whiteouts is shared by what is built on the same layers`() async throws {
        let scratch = try Scratch()
        let fixture = try ImportFixture(below: scratch)
        let layout = try LayoutBuilder(scratch)
        let base = [
            try layout.layer(Self.base),
            try layout.layer {
                $0.directory("d")
                $0.file("d/.wh.one")
            },
        ]
        try layout.add(try layout.image(base), tag: "base")
        try layout.add(try layout.image(base + [try layout.layer { $0.file("more", "x") }]), tag: "built")
        fixture.record(try await fixture.importer.importOCILayout(layout.open(), tag: "base"))
        let built = try await fixture.importer.importOCILayout(layout.open(), tag: "built")
        #expect(built.created.count == 1)
        #expect(try fixture.listing(built.image).paths == ["d", "d/two", "e", "e/f", "more", "top"])
    }

    @Test func `marks of aufs are passed over`() async throws {
        let stack = try await Stack([
            {
                $0.file(".wh..wh.aufs")
                $0.directory(".wh..wh.plnk")
                $0.file(".wh..wh.plnk/17.4", "x")
                $0.file("f", "x")
            }
        ])
        #expect(stack.listing.paths == ["f"])
    }

    @Test(arguments: [".wh.", ".wh..", ".wh...", "d/.wh.a/b"])
    func `a mark that hides nothing that can have a name is refused`(name: String) async {
        let failure = await failure { _ = try await Stack([{ $0.file(name) }]) }
        #expect(failure?.code == .imageInvalid)
    }

    @Test func `a file of a lower layer stays when its directory is replaced by a link`() async throws {
        let stack = try await Stack([
            Self.base,
            { $0.link("d", to: "e") },
            { $0.file("d/new", "n") },
        ])
        // As container engines do: the upper layer's directory hides the link, and cuts off what was below.
        #expect(stack.listing.paths == ["d", "d/new", "e", "e/f", "top"])
        #expect(stack.listing.entries["d"]?.kind == .directory)
    }

    @Test func `a hard link to a file of a lower layer is refused by both names`() async {
        let failure = await failure {
            _ = try await Stack([Self.base, { $0.hardLink("link", to: "d/one") }])
        }
        #expect(failure?.code == .imageInvalid)
        #expect(failure?.detail.contains("‘link’") == true && failure?.detail.contains("‘d/one’") == true)
    }

    @Test func `a layer that takes over directories from below is another layer on others`() async throws {
        let scratch = try Scratch()
        let fixture = try ImportFixture(below: scratch)
        let layout = try LayoutBuilder(scratch)
        let upper = try layout.layer { $0.file("d/f", "x") }
        for (tag, mode) in [("a", 0o700), ("b", 0o711)] {
            let lower = try layout.layer { $0.directory("d", mode: mode) }
            try layout.add(try layout.image([lower, upper]), tag: tag)
        }
        for (tag, mode) in [("a", UInt32(0o700)), ("b", 0o711)] {
            let imported = try await fixture.importer.importOCILayout(layout.open(), tag: tag)
            fixture.record(imported)
            #expect(try fixture.listing(imported.image).entries["d"]?.mode == mode)
        }
        let again = try await fixture.importer.importOCILayout(layout.open(), tag: "b")
        #expect(again.created == [])
    }
}
