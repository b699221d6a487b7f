import Archives
import Linux
import Model
import TestSupport
import Testing

struct ArchiveReaderTests {
    private func entries(_ archive: [UInt8], endMark: Bool = false) throws -> [ArchiveEntry] {
        var reader = try ArchiveReader(compressed: BytesSource(archive))
        var entries: [ArchiveEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        try reader.finish(requiringEndMark: endMark)
        return entries
    }

    @Test(arguments: ["cat", "gzip", "zstd -q", "xz"])
    func `an archive is read whatever of the known ways it is compressed with`(filter: String) throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir d; echo hello > d/f; tar -c d | \(filter) > a")
        #expect(try entries(scratch.read("a"), endMark: true).map(\.name) == ["d/", "d/f"])
    }

    @Test(arguments: [
        "zstd -q | zstd -q", "xz | xz", "gzip | xz", "xz | zstd -q", "xz | gzip", "gzip | gzip",
    ])
    func `an archive that is compressed twice is refused before the second is begun`(filters: String) throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir d; tar -c d | \(filters) > a")
        let refusal = failure { _ = try entries(scratch.read("a")) }
        #expect(refusal?.code == .archiveInvalid && refusal?.fix == "compress it once")
    }

    @Test func `archives whose compression may take a lot of memory are few at once`() throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir d; tar -c d | xz > a; tar -c d | gzip > b")
        let (archive, other) = (try scratch.read("a"), try scratch.read("b"))
        let places = DecoderPlaces(most: 1)
        do {
            let first = try Decompressor(BytesSource(archive), places: places)
            let second = failure { _ = try Decompressor(BytesSource(archive), places: places) }
            #expect(second?.code == .tooMany)
            _ = try Decompressor(BytesSource(other), places: places)
            withExtendedLifetime(first) {}
        }
        _ = try Decompressor(BytesSource(archive), places: places)
    }

    @Test(arguments: [(0, 1), (2, 1), (4, 1), (8, 2), (15, 3), (16, 4), (256, 4)] as [(Int64, Int)])
    func `on a machine with little memory fewer of them are unpacked at once`(_ gigabytes: Int64, _ most: Int)
    {
        #expect(DecoderPlaces.places(inMemory: gigabytes << 30) == most)
    }

    @Test func `an archive in another kind of compression is refused`() throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir d; tar -c d | bzip2 > a")
        #expect(failure { _ = try entries(scratch.read("a")) }?.code == .archiveInvalid)
    }

    @Test(arguments: ["pax", "gnu"])
    func `names are the bytes of the archive, in any encoding and normal form`(format: String) throws {
        let scratch = try Scratch()
        let names: [[UInt8]] = [
            Array("é".utf8), Array("e\u{301}".utf8), [0xE9, 0x6C], Array("a\nb".utf8),
            Array(String(repeating: "ü", count: 100).utf8),
        ]
        let directory = try scratch.newDirectory("d")
        for name in names {
            _ = try directory.createFile(name)
            try directory.createLink(name + [0x7E], target: name)
        }
        try scratch.shell("tar --format=\(format) -C d -cf a .")
        let read = try entries(scratch.read("a"))
        #expect(Set(read.map(\.path)).isSuperset(of: names.map { Array("./".utf8) + $0 }))
        #expect(
            Set(read.compactMap { if case .link(let target) = $0.content { target } else { nil } })
                == Set(names))
    }

    @Test func `times, owners and attributes come to the last digit and byte`() throws {
        var tar = TarBuilder()
        tar.entry(
            "f", uid: 7, gid: 8,
            pax: [
                ("mtime", Array("1700000000.123456789".utf8)), ("uid", Array("3000000".utf8)),
                ("SCHILY.xattr.user.x", [1, 0, 10, 2]),
            ])
        let metadata = try #require(entries(tar.finished).first).metadata
        #expect(metadata.modified == 1_700_000_000_123_456_789)
        #expect(metadata.uid == 3_000_000 && metadata.gid == 8)
        #expect(metadata.attributes == ["user.x": [1, 0, 10, 2]])
    }

    @Test func `a time before 1970 is kept`() throws {
        let scratch = try Scratch()
        try scratch.shell("touch -d '1960-01-01T00:00:00.25Z' f; tar --format=pax -cf a f")
        #expect(try entries(scratch.read("a")).first?.metadata.modified == -315_619_199_750_000_000)
    }

    @Test(arguments: [0, 100, 512, 700, 1100, 1536])
    func `an archive that was cut off is refused`(length: Int) throws {
        var tar = TarBuilder()
        tar.file("a", String(repeating: "x", count: 600))
        let cut = Array(tar.finished.prefix(length))
        #expect(failure { _ = try entries(cut, endMark: true) }?.code == .archiveInvalid)
    }

    @Test func `a compressed archive that was cut off is refused`() throws {
        let scratch = try Scratch()
        try scratch.shell("head -c 300000 /dev/urandom > f; tar -c f | gzip > a; tar -c f | zstd -q > b")
        for name in ["a", "b"] {
            let cut = try Array(scratch.read(name).dropLast(2000))
            let failure = failure {
                var reader = try ArchiveReader(compressed: BytesSource(cut))
                while try reader.next() != nil { unsafe try reader.forEachBlock { _, _ in } }
                try reader.finish(requiringEndMark: true)
            }
            #expect(failure?.code == .archiveInvalid)
        }
    }

    @Test func `a gzip whose bytes were changed is refused, or has what it had`() throws {
        let scratch = try Scratch()
        try scratch.shell("seq 2000 > f; tar -c f | gzip -n > a")
        let sound = try Array(scratch.read("a"))
        func content(_ archive: [UInt8]) throws -> [UInt8] {
            let source = try Decompressor(BytesSource(archive))
            var content: [UInt8] = []
            let buffer = BlockBuffer()
            while case let count = unsafe try source.read(into: buffer.bytes), count > 0 {
                unsafe content += buffer.bytes[..<count]
            }
            return content
        }
        let expected = try content(sound)
        for position in sound.indices.dropFirst(2) {
            var changed = sound
            changed[position] ^= 1 << UInt8(position % 8)
            // Flags, time and system of the header are under no checksum.
            do { #expect(try content(changed) == expected, "byte \(position)") } catch {}
        }
        var unsigned = sound
        unsigned.replaceSubrange((sound.count - 8)..<sound.count, with: [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(failure { _ = try content(unsigned) }?.code == .archiveInvalid)
        #expect(failure { _ = try content(sound + Array("junk".utf8)) }?.code == .archiveInvalid)
        #expect(try content(sound + [0, 0, 0]) == expected)
        #expect(try content(sound + sound) == expected + expected)
    }

    @Test func `what is no archive is refused`() {
        #expect(failure { _ = try entries(Array("hello, this is no archive".utf8)) }?.code == .archiveInvalid)
        #expect(failure { _ = try entries([UInt8](repeating: 0xAA, count: 4096)) }?.code == .archiveInvalid)
        #expect(failure { _ = try entries([]) }?.code == .archiveInvalid)
    }

    @Test func `a damaged header is refused with the entry before it`() throws {
        var tar = TarBuilder()
        tar.file("first", "x")
        tar.raw([UInt8](repeating: 0x41, count: 512))
        let failure = failure { _ = try entries(tar.finished) }
        #expect(failure?.code == .archiveInvalid)
        #expect(failure?.detail.contains("first") == true)
    }

    @Test func `an owner or a size no file can have is refused`() {
        var owner = TarBuilder()
        owner.entry("f", pax: [("uid", Array("99999999999".utf8))])
        #expect(failure { _ = try entries(owner.finished) }?.code == .archiveInvalid)
        var malformed = TarBuilder()
        malformed.entry(
            "f", pax: [("GNU.sparse.map", Array("0,x".utf8)), ("GNU.sparse.size", Array("9".utf8))])
        #expect(failure { _ = try entries(malformed.finished) }?.code == .archiveInvalid)
    }

    @Test func `a map of a sparse file that goes on and on is refused before it fills the memory`() {
        var tar = TarBuilder()
        tar.entry(
            "f", content: Array(("1000000\n" + String(repeating: "0\n0\n", count: 100_000)).utf8),
            pax: [
                ("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8)),
                ("GNU.sparse.name", Array("f".utf8)), ("GNU.sparse.realsize", Array("1".utf8)),
            ])
        let refusal = failure {
            var reader = try ArchiveReader(plain: BytesSource(tar.finished), headerLimit: 64 << 10)
            while try reader.next() != nil { unsafe try reader.forEachBlock { _, _ in } }
        }
        #expect(refusal?.code == .tooLarge)
    }

    @Test(arguments: [true, false])
    func `data of any length does not count as a header, read or passed over`(isRead: Bool) throws {
        var tar = TarBuilder()
        tar.entry("long", content: [UInt8](repeating: 1, count: 300_000))
        tar.file("last", "x")
        var reader = try ArchiveReader(plain: BytesSource(tar.finished), headerLimit: 64 << 10)
        var names: [String] = []
        var count = 0
        while let entry = try reader.next() {
            names.append(entry.name)
            if isRead { unsafe try reader.forEachBlock { block, _ in count += block.count } }
        }
        try reader.finish(requiringEndMark: true)
        #expect(names == ["long", "last"] && count == (isRead ? 300_001 : 0))
    }

    @Test func `more bytes than allowed are refused while they come`() {
        // 64 MiB of zeros in a few dozen KiB.
        let failure = failure {
            let scratch = try Scratch()
            try scratch.shell("head -c 67108864 /dev/zero > f; tar -c f | gzip > a")
            var reader = try ArchiveReader(compressed: BytesSource(try scratch.read("a")), limit: 1 << 20)
            while try reader.next() != nil {}
        }
        #expect(failure?.code == .tooLarge)
    }
}
