import Linux
import Model
import SystemPackage
import Testing
import Workspaces

/// Whatever lies in a caller's directory, an ingest ends, with what can be a revision or with an error that names it.
@Suite struct HostileTreeTests {
    private func expectEqual(_ fixture: IngestFixture, _ comment: Comment) throws {
        let (view, source) = try fixture.listings()
        #expect(view == source, comment)
    }

    @Test func `any bytes may be a name`() async throws {
        let fixture = try IngestFixture()
        let names: [[UInt8]] =
            [
                "new\nline", "tab\t", "-rf", " ", "...", "back\\slash", "\u{1}", "ü", "*", "'\"$(x)`",
                "a:b,c=d",
            ]
            .map { Array($0.utf8) } + [[0xFF, 0xFE], [0xC3], Array(repeating: 0xE9, count: 255)]
        let source = try fixture.source
        for name in names {
            try source.directory.createDirectory(name)
            let inner = try source.directory.openDirectory(name)
            try inner.createFile(name).writeAll(name)
            if name.count < 255 { try inner.createLink(name + [0x7E], target: name) }
        }
        try await fixture.ingest()
        for name in names {
            let content = SourceEntry.file(mode: 0o600, content: Digest(of: name))
            #expect(fixture.entry(name + [0x2F] + name) == content)
            guard name.count < 255 else { continue }
            #expect(fixture.entry(name + [0x2F] + name + [0x7E]) == .link(target: Digest(of: name)))
        }
        #expect(try viewNames(fixture, in: []) == Set(names))
        // And as what goes away, and comes anew.
        for name in names { try source.directory.removeTree(name) }
        try source.directory.createFile(names[0]).writeAll([1])
        try await fixture.ingest()
        #expect(try viewNames(fixture, in: []) == [names[0]])
        try expectEqual(fixture, "after the removal")
    }

    private func viewNames(_ fixture: IngestFixture, in names: [[UInt8]]) throws -> Set<[UInt8]> {
        let view = try fixture.mountView()
        defer { _ = try? fixture.scratch.sh("umount \(view)") }
        var directory = try Directory(opening: view)
        for name in names { directory = try directory.openDirectory(name) }
        return Set(try directory.entryNames())
    }

    /// Makes directories within each other and a file `end` in the innermost.
    private func makeChain(_ names: [[UInt8]], in source: SharedDirectory) throws {
        var directory = try source.directory.reopened()
        for name in names {
            try directory.createDirectory(name)
            directory = try directory.openDirectory(name)
        }
        try directory.createFile("end").writeAll(names.last ?? [])
    }

    @Test(arguments: [(count: 16, length: 249), (count: 120, length: 250), (count: 3_000, length: 1)])
    func `a path of 4,000 bytes and beyond what a path may have is taken`(count: Int, length: Int)
        async throws
    {
        let fixture = try IngestFixture()
        let names = [[UInt8]](repeating: Array(repeating: UInt8(ascii: "d"), count: length), count: count)
        try makeChain(names, in: try fixture.source)
        let end = Array(names.joined(separator: [0x2F])) + Array("/end".utf8)
        #expect(end.count >= 4_000)
        try await fixture.ingest()
        #expect(fixture.entry(end) == .file(mode: 0o600, content: Digest(of: names[0])))
        #expect(try viewNames(fixture, in: names) == [Array("end".utf8)])
        let again = try await fixture.ingest()
        #expect(!again.isNew)
        #expect(again.report.copied == 0)
        // A change at the far end, and the end of it all.
        let source = try fixture.source
        var directory = try source.directory.reopened()
        for name in names { directory = try directory.openDirectory(name) }
        try directory.createFile("further").writeAll([1])
        try await fixture.ingest()
        #expect(try viewNames(fixture, in: names) == [Array("end".utf8), Array("further".utf8)])
        try source.directory.removeTree(names[0])
        try await fixture.ingest()
        #expect(try viewNames(fixture, in: []).isEmpty)
    }

    @Test func `a tree that is too deep, too long or too large is an error, not a crash`() async throws {
        let fixture = try IngestFixture()
        try makeChain(Array(repeating: [0x64], count: 5_000), in: try fixture.source)
        let deep = try #require(try await fixture.refusal())
        #expect(deep.code == .tooLarge)
        #expect(deep.detail.contains("4096 levels"))
        try fixture.source.directory.removeTree([0x64])
        try fixture.change("seq 300 | split -l 1 -a 3 - f; mkdir d; seq 300 | split -l 1 -a 3 - d/f")
        for entries in [200, 500] {
            fixture.limits = IngestLimits(entries: entries)
            #expect(try await fixture.refusal()?.code == .tooLarge)
        }
        fixture.limits = IngestLimits(entries: 602)
        #expect(try await fixture.refusal() == nil)
    }

    /// The first of them alone would take minutes.
    @Test(.timeLimit(.minutes(1)))
    func `a file that is all hole and larger than any disk is refused, whatever is being read then`()
        async throws
    {
        let fixture = try IngestFixture()
        try fixture.change("truncate -s 200G first; ln first name; ln first other; truncate -s 8T large")
        let refusal = try #require(try await fixture.refusal())
        #expect(refusal.code == .tooLarge && refusal.detail.contains("large"), "\(refusal)")
    }

    @Test func `ignore files of nested directories that come to more than memory are an error`() async throws
    {
        let fixture = try IngestFixture()
        try fixture.change(
            """
            for i in $(seq 20); do
                head -c 1000000 /dev/zero | tr '\\0' a > .gitignore; echo '*b*' >> .gitignore
                mkdir d; cd d
            done; touch f
            """)
        let refusal = try await fixture.refusal()
        #expect(refusal?.code == .tooLarge && refusal?.detail.contains("ignore files") == true)
    }

    @Test func `copies end before the last of the space is used, of one large file and of many empty ones`()
        async throws
    {
        // On another file system blocks can't be shared instead of copied. Two threads count for themselves.
        for script in ["head -c 20000000 /dev/zero > d/f", "cd d; seq 9000 | xargs touch"] {
            let fixture = try IngestFixture()
            fixture.limits.reservedBytes = .max
            try fixture.change("mkdir d; mount -t tmpfs none d; \(script)")
            #expect(try await fixture.refusal()?.code == .storageFull, "\(script)")
        }
    }

    @Test func `40,000 files in one directory are taken, and one more of them is one more`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir d; seq 40000 | split -l 1 -a 4 - d/f")
        let first = try await fixture.ingest()
        #expect(first.report.files == 40_000)
        #expect(first.report.copied == 40_000)
        try fixture.change("echo more > d/more; rm d/faaab; echo edited > d/fbbbb")
        let second = try await fixture.ingest()
        #expect(second.report.copied == 2)
        #expect(second.report.reused == 39_998)
        try expectEqual(fixture, "a full directory")
    }

    @Test func `sockets, devices and FIFOs are left out with a warning, and nothing waits for them`()
        async throws
    {
        let fixture = try IngestFixture()
        let source = try fixture.source
        try fixture.change("mkdir d; echo x > d/file")
        let directory = try source.directory.openDirectory("d")
        try directory.createNode("fifo", kind: .fifo, mode: 0o666)
        try directory.createNode("socket", kind: .socket, mode: 0o666)
        try directory.createNode(
            "zero", kind: .characterDevice, mode: 0o666, device: .init(major: 1, minor: 5))
        try directory.createNode("disk", kind: .blockDevice, mode: 0o666, device: .init(major: 7, minor: 200))
        try directory.createWhiteout("whiteout")
        let expected = ["disk", "fifo", "socket", "whiteout", "zero"].map { "d/\($0) is a " }
        for _ in 0..<2 {
            let warnings = try await fixture.ingest().report.warnings
            #expect(warnings.allSatisfy { $0.code == "special-file-left-out" })
            #expect(zip(warnings.map(\.detail), expected).allSatisfy { $0.hasPrefix($1) }, "\(warnings)")
            #expect(warnings.count == expected.count)
        }
        #expect(fixture.previous?.manifest.entryCount == 2)
        // What was a file becomes one of them, and the other way round.
        try fixture.change("rm d/file d/fifo; mkfifo d/file; echo y > d/fifo")
        try await fixture.ingest()
        #expect(fixture.entry("d/file") == nil)
        #expect(fixture.content("d/fifo") == Digest(of: "y\n".utf8))
        try fixture.change("rm -r d")
        #expect(try await fixture.ingest().report.warnings.isEmpty)
    }

    @Test func `many of them do not drown the other warnings`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("for i in $(seq 100 129); do mkfifo f$i; done")
        let warnings = try await fixture.ingest().report.warnings
        #expect(warnings.count == 21)
        #expect(warnings.last?.detail.hasPrefix("10 more") == true)
    }

    @Test(arguments: [
        ".gitignore", ".varveignore", ".git", ".git/index", ".git/index.lock", ".git/info",
        ".git/info/exclude",
        ".git/commondir",
    ])
    func `a FIFO, a directory or a device in the place of a rule file is no rule file`(name: String)
        async throws
    {
        for make in ["mkfifo", "mkdir", "ln -s /dev/zero", "mknod -m 666 \(name) c 1 5; true"] {
            let fixture = try IngestFixture()
            try fixture.change("echo x > x; mkdir -p $(dirname \(name)); \(make) \(name)")
            #expect(try await fixture.refusal(view: true) == nil, "\(make)")
            #expect(fixture.content("x") == Digest(of: "x\n".utf8))
        }
    }

    @Test func `setuid, setgid and sticky bits are part of a mode`() async throws {
        let fixture = try IngestFixture()
        fixture.identity = PeerIdentity(uid: 54_321, gid: 54_321, groups: [], pid: 0)
        try fixture.change(
            "echo x > s; chmod 6755 s; mkdir g t; chmod 2775 g; chmod 1777 t; echo y > g/y; chmod 0444 g/y")
        try await fixture.ingest()
        #expect(fixture.entry("s")?.mode == 0o6755)
        #expect(fixture.entry("g")?.mode == 0o2775)
        #expect(fixture.entry("t")?.mode == 0o1777)
        try expectEqual(fixture, "first")
        try fixture.change("chmod 4755 s; chmod 755 t")
        try await fixture.ingest()
        #expect(fixture.entry("s")?.mode == 0o4755)
        try expectEqual(fixture, "changed")
    }

    @Test func `names of one file stay names of one file`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir a b; echo x > a/one; ln a/one b/two; ln a/one three; echo x > alone")
        let first = try await fixture.ingest()
        #expect(first.report.files == 4)
        #expect(try fixture.stat("%h", "b/two") == "3")
        #expect(try fixture.stat("%i", "a/one") == fixture.stat("%i", "three"))
        #expect(try fixture.stat("%h", "alone") == "1")
        try fixture.change("echo edited > b/two")
        try await fixture.ingest()
        #expect(try fixture.stat("%h", "three") == "3")
        try expectEqual(fixture, "edited through one name")
        try fixture.change("rm three; echo own > three")
        try await fixture.ingest()
        try expectEqual(fixture, "one name less")
    }

    @Test func `empty directories are kept, also where something was`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir -p a/b/c d; chmod 700 a/b/c; echo x > d/x")
        try await fixture.ingest()
        #expect(fixture.entry("a/b/c") == .directory(mode: 0o700))
        try fixture.change("rm d/x; rmdir a/b/c")
        try await fixture.ingest()
        #expect(fixture.entry("d") == .directory(mode: 0o755))
        try expectEqual(fixture, "emptied")
    }

    @Test func `what vanishes between listing and opening is no error`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir still churn; echo x > still/x")
        let churn = try SharedDirectory(opening: fixture.path("churn"))
        try await repeating {
            for number in 0..<12 {
                try churn.directory.createDirectory("d\(number)")
                let directory = try churn.directory.openDirectory("d\(number)")
                try directory.createFile("file").writeAll([1])
                try directory.createLink("link", target: "file")
                try churn.directory.createFile("f\(number)").writeAll([2])
            }
            for number in 0..<12 {
                try churn.directory.removeTree("d\(number)")
                try churn.directory.remove("f\(number)")
            }
        } while: {
            for _ in 0..<150 {
                guard let failure = try await fixture.refusal() else { continue }
                #expect(failure.code == .workspaceChanging, "\(failure.detail)")
                #expect(failure.detail.contains("churn"), "\(failure.detail)")
            }
        }
        try await fixture.ingest()
        try expectEqual(fixture, "at rest again")
    }
}
