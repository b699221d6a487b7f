import Archives
import Linux
import Model
import TestSupport
import Testing
import Workspaces

/// A revision that came as a tar archive is the one its directory would have been.
@Suite struct ArchiveRevisionTests {
    private static let packings: [(packing: ArchivePacking, program: String)] = [
        (.plain, "cat"), (.gzip, "gzip -1"), (.zstandard, "zstd -q -1"),
    ]

    @Test(arguments: 0..<18)
    func `any tree has the digest it has as a directory, and shows as it did, in every packing`(seed: Int)
        async throws
    {
        let (uploads, directory) = (try IngestFixture(), try IngestFixture())
        var random = SplitMix(seed: UInt64(seed))
        let (packing, program) = Self.packings[seed % 3]
        let format = random.one(of: "gnu", "pax", "gnu --sparse")
        for round in 0..<3 {
            let place: Comment = "seed \(seed), round \(round), \(format), \(packing)"
            try RandomSource(root: try uploads.source).change(&random)
            try uploads.scratch.sh("tar --format=\(format) -C source -cf - . | \(program) > archive")
            let taken = try await uploads.upload("archive", as: packing)
            let known = try await directory.ingest(
                .directory(
                    CallerDirectory(root: try uploads.source, identity: uploads.identity)), .everything)
            #expect(taken.report.manifest.digest == known.report.manifest.digest, place)
            #expect(taken.report.files == known.report.files && taken.report.bytes == known.report.bytes)
            #expect(taken.report.warnings == known.report.warnings, place)
            try uploads.scratch.sh("find source -type p -delete")
            let (view, source) = try uploads.listings()
            #expect(view == source, place)
        }
    }

    private static let old = "2001-02-03T04:05:06Z"
    private static let oldTime = "981173106"

    @Test func `times are the archive's at first, and afterwards fresh for what is new or changed`()
        async throws
    {
        let fixture = try IngestFixture()
        let archive = "tar --mtime=@0 -cf ../archive ."
        try fixture.change(
            "mkdir d e; echo one > d/file; echo kept > d/kept; echo kept > e/kept; ln -s x d/link; \(archive)"
        )
        try await fixture.upload("archive")
        for path in [".", "d", "d/file", "d/link", "e/kept"] {
            #expect(try fixture.stat("%Y", path) == "0", "\(path)")
        }
        var newest: Int64 = 0
        for text in ["two", "one", "two"] {
            // As long as before, and of the same time.
            try fixture.change("echo \(text) > d/file; ln -sfn \(text) d/link; \(archive)")
            let taken = try await fixture.upload("archive")
            let moment = taken.report.ingested.nanoseconds
            #expect(taken.isNew && taken.report.copied == 1 && moment > newest)
            newest = moment
            for path in ["d/file", "d/link"] {
                #expect(try fixture.stat("%Y", path) == "\(moment / 1_000_000_000)", "\(path)")
            }
            for path in [".", "d", "d/kept", "e", "e/kept"] {
                #expect(try fixture.stat("%Y", path) == "0", "\(path)")
            }
        }
        try fixture.change("echo later > later; touch -d 2040-01-01Z later; tar -cf ../archive .")
        try await fixture.upload("archive")
        #expect(try fixture.stat("%Y", "later") == "2208988800")
        #expect(try fixture.stat("%Y", "d/kept") == "0")
    }

    @Test func `the state of before is known again, whether it came as a directory or as an archive`()
        async throws
    {
        let fixture = try IngestFixture()
        try fixture.change("mkdir d; echo x > d/x; echo y > y; touch -d \(Self.old) d/x y; tar -cf ../one .")
        try fixture.change("echo more > d/x")
        try fixture.change("tar -cf ../two .; echo x > d/x; touch -d \(Self.old) d/x")
        let directory = try await fixture.ingest()
        // With everything at its place: the archive says nothing new, and the cache is still the directory's.
        let same = try await fixture.upload("one")
        #expect(!same.isNew && !same.hasLayer && same.report.copied == 0 && same.report.reused == 2)
        #expect(same.report.manifest.digest == directory.report.manifest.digest)
        #expect(try fixture.stat("%Y", "d/x") == Self.oldTime)
        let other = try await fixture.upload("two")
        #expect(other.isNew && other.report.copied == 1)
        let again = try await fixture.ingest()
        #expect(again.isNew && again.report.copied == 1)
        #expect(again.report.manifest.digest == directory.report.manifest.digest)
        #expect(try fixture.stat("%Y", "d/x") == "\(again.report.ingested.nanoseconds / 1_000_000_000)")
        #expect(try fixture.stat("%Y", "y") == Self.oldTime)
    }

    @Test func `no rule leaves anything out`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(
            """
            mkdir -p .git/info .hm .varve build; echo '*' > .gitignore; echo '*' > .varveignore
            echo '*' > .git/info/exclude; echo ref > .git/HEAD; echo x > .hm/x; echo x > .varve/x; echo x > build/x
            : > .git/index; : > .git/index.lock; tar -cf ../archive .
            """)
        try await fixture.upload("archive")
        let (view, source) = try fixture.listings()
        #expect(view == source)
        #expect(fixture.entry(".git/index.lock") != nil)
    }

    @Test func `an archive without an entry for a directory has it with mode 755`() async throws {
        let fixture = try IngestFixture()
        try await fixture.upload { $0.file("a/b/file", "x") }
        #expect(fixture.entry("a/b") == .directory(mode: 0o755))
        #expect(fixture.entry("") == .directory(mode: 0o755))
        #expect(fixture.entry("a/b/file") == .file(mode: 0o644, content: Digest(of: Array("x".utf8))))
    }

    @Test func `an archive without entries is an empty workspace`() async throws {
        let fixture = try IngestFixture()
        try await fixture.upload { $0.file("x", "x") }
        let taken = try await fixture.upload { _ in }
        #expect(taken.isNew && taken.report.files == 0)
        #expect(fixture.entry("x") == nil)
    }
}

/// Changes a directory at random, with everything in it that can be in a workspace.
private struct RandomSource {
    let root: SharedDirectory

    func change(_ random: inout SplitMix) throws {
        var files: [(parent: SharedDirectory, name: [UInt8])] = []
        try change(root, depth: 0, &files, &random)
        try root.directory.descriptor.setMode(random.one(of: 0o755, 0o700, 0o2775))
    }

    private func change(
        _ parent: SharedDirectory, depth: Int,
        _ files: inout [(parent: SharedDirectory, name: [UInt8])], _ random: inout SplitMix
    ) throws {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let name = RandomSource.name(&random)
            if random.chance(70) { try parent.directory.removeTree(name) }
            guard try parent.directory.statusIfPresent(name) == nil else { continue }
            switch Int.random(in: 0..<12, using: &random) {
            case 0...2 where depth < 5:
                try parent.directory.createDirectory(name)
                let child = SharedDirectory(try parent.directory.openDirectory(name))
                try change(child, depth: depth + 1, &files, &random)
                try child.directory.descriptor.setMode(random.one(of: 0o755, 0o700, 0o1777, 0o500))
            case 3:
                try parent.directory.createLink(
                    name, target: random.one(of: Array("../x".utf8), [0xFF, 0x2F], Array("/etc/passwd".utf8)))
            case 4:
                try parent.directory.createNode(name, kind: .fifo, mode: 0o600)
            case 5 where !files.isEmpty:
                let file = random.pick(files)
                if try file.parent.directory.statusIfPresent(file.name)?.kind == .file {
                    try file.parent.directory.createHardLink(to: file.name, in: parent.directory, as: name)
                }
            default:
                try makeFile(name, in: parent, &random)
                files.append((parent, name))
            }
        }
    }

    private func makeFile(
        _ name: [UInt8], in parent: SharedDirectory, _ random: inout SplitMix
    ) throws {
        let file = try parent.directory.createFile(name)
        let size = random.one(of: 0, 1, 511, 512, 513, 70_000)
        try file.writeAll([UInt8](repeating: UInt8.random(in: 0...3, using: &random), count: size))
        if random.chance(10) { try file.truncate(to: Int64(size) + 300_000) }
        try file.setMode(random.one(of: 0o644, 0o755, 0o600, 0o000, 0o4755))
        try file.setModified(random.one(of: 0, 981_173_106_789_000_000, 4_000_000_000_000_000_000))
    }

    private static func name(_ random: inout SplitMix) -> [UInt8] {
        let names: [[UInt8]] = [
            [0xFF, 0xFE], [0xC3, 0x28], Array(repeating: UInt8(ascii: "n"), count: 255),
            Array(repeating: 0xE9, count: 120), Array("new\nline".utf8), Array("back\\slash".utf8),
            Array(".wh.a".utf8), Array(".wh..wh..opq".utf8), Array("-rf".utf8), Array("ü".utf8),
        ]
        return random.chance(50) ? random.pick(names) : [UInt8.random(in: 97...102, using: &random)]
    }
}
