import Archives
import Linux
import Model
import TestSupport
import Testing
import Workspaces

/// An archive is anybody's: it becomes a revision of what can be one, or is refused by name, and then nothing is left of it.
@Suite struct HostileArchiveTests {
    @Test(arguments: ["../escape", "a/../../escape", "..", "/../escape"])
    func `a name that climbs out is refused`(name: String) async throws {
        let refusal = try await IngestFixture().refusal { $0.file(name, "x") }
        #expect(refusal?.code == .archiveInvalid)
        #expect(refusal?.detail.contains(name) == true)
    }

    @Test func `an absolute name means a place in the workspace`() async throws {
        let fixture = try IngestFixture()
        try await fixture.upload { $0.file("//etc/./passwd", "x") }
        #expect(fixture.entry("etc/passwd") == .file(mode: 0o644, content: Digest(of: Array("x".utf8))))
    }

    @Test func `nothing goes through a link, or through a file`() async throws {
        let fixture = try IngestFixture()
        try fixture.scratch.sh("mkdir outside")
        for target in ["/", ".", "real", fixture.scratch.path + "/outside"] {
            let refusal = try await fixture.refusal {
                $0.directory("real")
                $0.link("link", to: target)
                $0.file("link/file", "x")
            }
            #expect(refusal?.code == .archiveInvalid && refusal?.detail.contains("link") == true)
        }
        #expect(try fixture.scratch.sh("ls outside").isEmpty)
        let refusal = try await fixture.refusal {
            $0.file("file", "x")
            $0.file("file/below", "x")
        }
        #expect(refusal?.code == .archiveInvalid)
    }

    @Test(arguments: ["../../etc/passwd", "/etc/passwd", "later", "dir", "through/passwd", "link"])
    func `a hard link to anything but an earlier file is refused`(target: String) async throws {
        let refusal = try await IngestFixture().refusal {
            $0.directory("dir")
            $0.link("through", to: "/etc")
            $0.hardLink("link", to: target)
            $0.file("later", "x")
        }
        #expect(refusal?.code == .archiveInvalid)
    }

    @Test func `a link to nothing is refused`() async throws {
        let refusal = try await IngestFixture().refusal { $0.link("link", to: "") }
        #expect(refusal?.code == .archiveInvalid && refusal?.detail.contains("link") == true)
    }

    @Test func `of entries with one name the last is the one`() async throws {
        let fixture = try IngestFixture()
        try await fixture.upload {
            $0.file("a", "first")
            $0.hardLink("b", to: "a")
            $0.file("a", "second")
            $0.directory("c")
            $0.file("c/gone", "x")
            $0.link("c", to: "a")
            $0.file("d", "x")
            $0.directory("d")
            $0.file("d/new", "x")
        }
        #expect(fixture.content("a") == Digest(of: Array("second".utf8)))
        #expect(fixture.content("b") == Digest(of: Array("first".utf8)))
        #expect(fixture.entry("c") == .link(target: Digest(of: Array("a".utf8))))
        #expect(fixture.content("d/new") != nil)
    }

    @Test func `names that are whiteouts in an image are ordinary here, and hide nothing`() async throws {
        let fixture = try IngestFixture()
        try await fixture.upload { $0.file("d/x", "x") }
        try await fixture.upload {
            $0.file("d/x", "x")
            $0.file("d/.wh.x", "1")
            $0.file("d/.wh..wh..opq", "2")
        }
        let view = try fixture.mountView()
        let names = try Directory(opening: view + "/d").entryNames().map {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(names.sorted() == [".wh..wh..opq", ".wh.x", "x"])
    }

    @Test
    func `devices, sockets and FIFOs are left out with the warning a directory gets, their hard links too`()
        async throws
    {
        let fixture = try IngestFixture()
        try await fixture.upload { $0.file("forged", "stays where no device takes its place") }
        let taken = try await fixture.upload {
            $0.device("null", 1, 3)
            $0.hardLink("second", to: "null")
            $0.device("disk", 8, 0, type: "4")
            $0.file("forged", "of the archive before")
            $0.device("forged", 0, 0)
            $0.entry("pipe", type: "6")
            $0.file("file", "x")
        }
        #expect(taken.report.files == 1)
        let left = ["disk", "forged", "null", "pipe", "second"]
        #expect(
            taken.report.warnings.map(\.detail)
                == left.map { "\($0) is a socket, device or FIFO and is left out" })
        #expect(Set(taken.report.warnings.map(\.code)) == ["special-file-left-out"])
        let view = try fixture.mountView()
        #expect(try Directory(opening: view).entryNames() == [Array("file".utf8)])
    }

    @Test func `owners and attributes stay outside, modes don't`() async throws {
        let fixture = try IngestFixture()
        try await fixture.upload {
            $0.entry(
                "d", type: "5", mode: 0o1777, uid: 1234, gid: 1234,
                pax: [
                    ("SCHILY.xattr.trusted.overlay.opaque", Array("y".utf8)), ("SCHILY.xattr.user.a", [1]),
                ])
            $0.entry(
                "d/f", content: [1], mode: 0o6755, uid: 1234, gid: 1234,
                pax: [("SCHILY.xattr.user.a", [1]), ("SCHILY.xattr.security.capability", [1, 2])])
        }
        let layer = try fixture.firstLayer()
        for path in ["d", "d/f"] {
            let entry = try #require(layer.entries[path])
            #expect(entry.uid == 0 && entry.gid == 0 && entry.attributes.isEmpty, "\(path)")
        }
        #expect(layer.entries["d"]?.mode == 0o1777)
        #expect(layer.entries["d/f"]?.mode == 0o6755)
    }

    @Test func `names and paths no file system holds are refused`() async throws {
        func refusal(_ path: String) async throws -> Failure? {
            try await IngestFixture().refusal { $0.entry("short", pax: [("path", Array(path.utf8))]) }
        }
        #expect(try await refusal(String(repeating: "n", count: 256))?.code == .archiveInvalid)
        #expect(try await refusal(String(repeating: "dir/", count: 1100) + "f")?.code == .tooLarge)
        #expect(try await refusal(String(repeating: "d/", count: 513) + "f")?.code == .tooLarge)
        #expect(try await refusal(String(repeating: "d/", count: 500) + "f") == nil)
    }

    @Test(arguments: [("cat", ArchivePacking.plain), ("gzip", .gzip), ("zstd -q", .zstandard)])
    func `an archive that was cut off anywhere is refused`(program: String, packing: ArchivePacking)
        async throws
    {
        let fixture = try IngestFixture()
        try fixture.change(
            "for i in 1 2 3; do seq $i 9 > f$i; done; mkdir d; seq 1 900 > d/f; tar -b1 -cf - . | \(program) > ../whole"
        )
        let whole = try Descriptor.openFile(fixture.scratch.path + "/whole").readAll(limit: 1 << 20)
        // The first half of the end mark is enough.
        let enough = packing == .plain ? whole.count - 512 : whole.count
        for count in Set(stride(from: 0, to: enough, by: packing == .plain ? 512 : 37)).union([enough - 1]) {
            try fixture.write("part", Array(whole[..<count]))
            let refusal = try await fixture.refusal(uploading: "part", as: packing)
            #expect(refusal?.code == .archiveInvalid, "\(count) of \(whole.count): \(refusal as Any)")
        }
        #expect(try await fixture.refusal(uploading: "whole", as: packing) == nil)
    }

    @Test func `what is packed in another way than was said is refused`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("echo x > x; tar -cf ../plain .")
        try fixture.scratch.sh(
            "gzip -k plain; mv plain.gz gzip; zstd -q plain -o zstandard; echo text > text")
        for file in ArchivePacking.allCases {
            for packing in ArchivePacking.allCases where packing != file {
                let refusal = try await fixture.refusal(uploading: file.rawValue, as: packing)
                #expect(refusal?.code == .archiveInvalid, "\(file) as \(packing)")
            }
        }
        #expect(try await fixture.refusal(uploading: "text")?.code == .archiveInvalid)
    }

    @Test func `more than the limits allow is refused before it fills the store`() async throws {
        let fixture = try IngestFixture()
        var limits = ArchiveLimits.source
        limits.entries = 100
        limits.totalBytes = 1 << 20
        limits.entryBytes = 1 << 20
        limits.apparentBytes = 1 << 20
        try fixture.scratch.sh(
            """
            mkdir bomb sparse many; truncate -s 900K bomb/a bomb/b; tar -C bomb -cf - . | gzip > bomb.gz
            truncate -s 900K sparse/a sparse/b; tar -C sparse --sparse -cf holes.tar .
            touch $(seq -f many/%g 101); tar -C many -cf many.tar .
            { tar -C many -cf - ./1; head -c 4M /dev/zero; } | zstd -q > tail.zst
            """)
        for (name, packing) in [
            ("bomb.gz", ArchivePacking.gzip), ("holes.tar", .plain), ("many.tar", .plain),
            ("tail.zst", .zstandard),
        ] {
            let refusal = try await fixture.refusal(uploading: name, as: packing, limits: limits)
            #expect(refusal?.code == .tooLarge, "\(name): \(refusal as Any)")
        }
        let deep = try await fixture.refusal(limits: limits) {
            $0.entry("short", pax: [("path", Array((String(repeating: "d/", count: 101) + "f").utf8))])
        }
        #expect(deep?.code == .tooLarge)
    }

    @Test func `unpacking stops before the last of the space is used`() async throws {
        let fixture = try IngestFixture()
        var limits = ArchiveLimits.source
        limits.reservedBytes = .max
        try fixture.change("truncate -s 20M zeros; tar -cf ../zeros.tar .")
        #expect(try await fixture.refusal(uploading: "zeros.tar", limits: limits)?.code == .storageFull)
    }
}
