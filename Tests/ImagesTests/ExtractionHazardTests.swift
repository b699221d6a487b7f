import Archives
import Linux
import Model
import TestSupport
import Testing

struct ExtractionHazardTests {
    @Test(arguments: ["../escape", "a/../../escape", "a/..", "..", "/../escape"])
    func `a name that climbs out is refused by name`(name: String) throws {
        let failure = failure { _ = try Extraction { $0.file(name, "x") } }
        #expect(failure?.code == .archiveInvalid)
        #expect(failure?.detail.contains(name) == true)
    }

    @Test func `an absolute name means a place below the directory`() throws {
        let listing = try Extraction {
            $0.file("/etc/one", "1")
            $0.file("//etc///./two", "2")
        }.listing
        #expect(listing.paths == ["etc", "etc/one", "etc/two"])
    }

    @Test func `nothing is written through a link, whatever it points to`() throws {
        let outside = try Scratch()
        for target in [outside.path, "../../../../../../../../..\(outside.path)", "real", "."] {
            let failure = failure {
                _ = try Extraction {
                    $0.directory("real")
                    $0.link("link", to: target)
                    $0.file("link/file", "x")
                }
            }
            #expect(failure?.code == .archiveInvalid)
            #expect(failure?.detail.contains("link") == true)
        }
        let replaced = try Extraction {
            $0.link("link", to: outside.path + "/file")
            $0.file("link", "x")
        }
        #expect(replaced.listing.text("link") == "x")
        #expect(try outside.shell("ls") == "")
    }

    @Test func `a directory entry on a link replaces the link`() throws {
        let outside = try Scratch()
        let listing = try Extraction {
            $0.link("d", to: outside.path)
            $0.directory("d", mode: 0o700)
            $0.file("d/f", "x")
        }.listing
        #expect(listing.entries["d"]?.kind == .directory)
        #expect(listing.text("d/f") == "x")
        #expect(try outside.shell("ls; stat -c %a .") == "755\n")
    }

    @Test func `a link may point anywhere: it is only kept`() throws {
        let listing = try Extraction { $0.link("l", to: "../../etc/shadow") }.listing
        #expect(listing.text("l") == "../../etc/shadow")
    }

    @Test(arguments: ["../../../../etc/passwd", "/etc/passwd", "later", "dir", "through/passwd", "self"])
    func `a hard link to anything but an earlier file of the archive is refused`(target: String) throws {
        let failure = failure {
            _ = try Extraction {
                $0.directory("dir")
                $0.link("through", to: "/etc")
                $0.hardLink("link", to: target)
                $0.file("later", "x")
            }
        }
        #expect(failure?.code == .archiveInvalid)
        #expect(failure?.detail.contains("link") == true)
    }

    @Test func `a hard link to a link is a second name of the link`() throws {
        let listing = try Extraction {
            $0.link("l", to: "/etc/passwd")
            $0.hardLink("m", to: "l")
        }.listing
        #expect(listing.entries["m"]?.kind == .link)
        #expect(listing.entries["m"]?.links == 2)
    }

    @Test func `a file can't be a directory for later entries`() throws {
        let failure = failure {
            _ = try Extraction {
                $0.file("f", "x")
                $0.file("f/g", "x")
            }
        }
        #expect(failure?.code == .archiveInvalid)
    }

    @Test func `devices of a layer are kept, and one that would be a whiteout is dropped`() throws {
        let extraction = try Extraction(.imageLayer) {
            $0.device("null", 1, 3)
            $0.device("disk", 8, 0, type: "4")
            $0.device("forged", 0, 0)
            $0.entry("pipe", type: "6")
        }
        #expect(extraction.listing.paths == ["disk", "null", "pipe"])
        #expect(extraction.listing.entries["null"]?.device == DeviceNumber(major: 1, minor: 3))
        #expect(extraction.summary.leftOut == ["device 0:0 ‘forged’"])
    }

    @Test func `attributes with which an overlay could be forged are dropped`() throws {
        let extraction = try Extraction(.imageLayer) {
            $0.entry("d", type: "5", pax: [("SCHILY.xattr.trusted.overlay.opaque", Array("y".utf8))])
            $0.entry(
                "f",
                pax: [
                    ("SCHILY.xattr.trusted.overlay.metacopy", [0]),
                    ("SCHILY.xattr.trusted.overlay.redirect", Array("/etc/shadow".utf8)),
                    ("SCHILY.xattr.security.selinux", Array("x".utf8)), ("SCHILY.xattr.user.kept", [1]),
                ])
        }
        #expect(extraction.listing.entries["d"]?.attributes == [:])
        #expect(extraction.listing.entries["f"]?.attributes == ["user.kept": [1]])
        #expect(extraction.summary.leftOutCount == 3)
    }

    @Test func `setuid bits and capabilities survive the change of owner`() throws {
        let listing = try Extraction(.imageLayer) {
            $0.entry(
                "f", mode: 0o6755, uid: 5, gid: 6,
                pax: [("SCHILY.xattr.security.capability", Self.capability)])
        }.listing
        #expect(listing.entries["f"]?.mode == 0o6755)
        #expect(listing.entries["f"]?.uid == 5)
        #expect(listing.entries["f"]?.attributes["security.capability"] == Self.capability)
    }

    @Test func `an attribute that is none is an error of the archive`() {
        let failure = failure {
            _ = try Extraction(.imageLayer) {
                $0.entry("f", pax: [("SCHILY.xattr.security.capability", [1, 2])])
            }
        }
        #expect(failure?.code == .archiveInvalid)
        #expect(failure?.detail.contains("‘f’") == true)
    }

    @Test func `archives that come at one time share what room there is, and no more is taken`() throws {
        let room = IncomingRoom()
        room.set(3 << 20)
        let limits = ArchiveLimits(room: room)
        func refusal(of mebibytes: Int) -> Failure? {
            failure {
                _ = try Extraction(limits: limits) {
                    $0.entry("f", content: [UInt8](repeating: 1, count: mebibytes << 20))
                }
            }
        }
        #expect(refusal(of: 2) == nil)
        #expect(refusal(of: 2)?.code == .storageFull)
        room.set(3 << 20)
        #expect(refusal(of: 2) == nil)
        room.set(nil)
        #expect(refusal(of: 4) == nil)
    }

    @Test func `an archive of many empty files leaves inodes for others`() throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir small; mount -t tmpfs -o nr_inodes=6400 none small; mkdir small/in")
        defer { _ = try? scratch.shell("umount -l small") }
        var tar = TarBuilder()
        for number in 0..<7000 { tar.file("f\(number)") }
        let archive = tar.finished
        let limits = ArchiveLimits(reservedBytes: 1)
        let refusal = failure {
            var extractor = try ArchiveExtractor(
                into: try scratch.directory("small/in"), policy: .source, limits: limits)
            var reader = try ArchiveReader(compressed: BytesSource(archive), limit: limits.streamBytes)
            try extractor.extract(&reader)
        }
        #expect(refusal?.code == .storageFull)
        let left = try scratch.directory("small").fileSystemStatus().freeInodes
        #expect(left > 0)
    }

    @Test func `claims and amounts beyond the limits are refused by name`() throws {
        var limits = ArchiveLimits()
        limits.entries = 3
        limits.entryBytes = 1 << 20
        limits.totalBytes = 1000
        limits.depth = 5
        func refused(_ fill: (inout TarBuilder) -> Void) -> Failure? {
            failure { _ = try Extraction(limits: limits, fill) }
        }
        let huge = refused { $0.entry("huge", size: 1 << 60) }
        #expect(huge?.code == .tooLarge && huge?.detail.contains("huge") == true)
        let sum = refused {
            $0.file("a", String(repeating: "x", count: 600))
            $0.file("b", String(repeating: "x", count: 600))
        }
        #expect(sum?.code == .tooLarge && sum?.detail.contains("‘b’") == true)
        #expect(refused { for name in ["a", "b", "c", "d"] { $0.file(name) } }?.code == .tooLarge)
        #expect(refused { $0.file("1/2/3/4/5/6") }?.code == .tooLarge)
        let long = String(repeating: "x", count: 300)
        #expect(refused { $0.entry("f", pax: [("path", Array(long.utf8))]) }?.code == .archiveInvalid)
        let path = (0..<30).map { _ in String(repeating: "y", count: 200) }.joined(separator: "/")
        #expect(refused { $0.entry("f", pax: [("path", Array(path.utf8))]) }?.code == .tooLarge)
    }

    @Test func `paths and attributes that stay in memory are refused beyond their limit, files are not`()
        throws
    {
        var limits = ArchiveLimits()
        limits.keptBytes = 4096
        let long = String(repeating: "x", count: 80)
        let fills: [(inout TarBuilder) -> Void] = [
            { tar in for number in 0..<60 { tar.directory("\(number)\(long)") } },
            { tar in for number in 0..<60 { tar.file("\(number)\(long)/f") } },
            { tar in for number in 0..<60 { tar.file(".wh.\(number)\(long)") } },
            { tar in
                tar.entry(
                    "d", type: "5", pax: [("SCHILY.xattr.user.x", [UInt8](repeating: 1, count: 5000))])
            },
        ]
        for fill in fills {
            let refusal = failure { _ = try Extraction(.imageLayer, limits: limits, fill) }
            #expect(refusal?.code == .tooLarge)
        }
        let files = try Extraction(.imageLayer, limits: limits) { tar in
            for number in 0..<60 { tar.file("\(number)\(long)") }
        }
        #expect(files.listing.paths.count == 60)
    }

    @Test func `a sparse claim costs no space and no time`() throws {
        var tar = TarBuilder()
        tar.entry(
            "f", content: Array("x".utf8),
            pax: [
                ("GNU.sparse.size", Array("1000000000000".utf8)),
                ("GNU.sparse.map", Array("999999999999,1".utf8)),
                ("GNU.sparse.numblocks", Array("1".utf8)), ("GNU.sparse.name", Array("f".utf8)),
            ])
        let scratch = try Scratch()
        var extractor = try ArchiveExtractor(into: try scratch.newDirectory("root"), policy: .rootFileSystem)
        var reader = try ArchiveReader(plain: BytesSource(tar.finished))
        try extractor.extract(&reader)
        #expect(try extractor.finish().bytes == 1)
        let status = try scratch.directory("root").status("f")
        #expect(status.size == 1_000_000_000_000 && status.blocks < 100)
    }

    @Test func `a later entry replaces an earlier one, and a directory keeps what is in it`() throws {
        let listing = try Extraction {
            $0.file("a", "old")
            $0.file("a", "new")
            $0.file("b", "file")
            $0.directory("b")
            $0.file("c/inner", "x")
            $0.file("c", "file")
            $0.file("d/inner", "x")
            $0.directory("d", mode: 0o711)
        }.listing
        #expect(listing.text("a") == "new")
        #expect(listing.paths == ["a", "b", "c", "d", "d/inner"])
        #expect(listing.entries["c"]?.kind == .file)
        #expect(listing.entries["d"]?.mode == 0o711)
    }

    @Test func `directories get their times and modes after their content`() throws {
        let listing = try Extraction {
            $0.entry(".", type: "5", mode: 0o555, time: 11)
            $0.entry("d", type: "5", mode: 0o500, time: 12)
            $0.file("d/f", "x")
            $0.directory("d/e")
        }.listing
        #expect(listing.entries[""]?.modified == 11_000_000_000)
        #expect(listing.entries[""]?.mode == 0o555)
        #expect(listing.entries["d"]?.modified == 12_000_000_000)
        #expect(listing.entries["d"]?.mode == 0o500)
    }

    /// cap_net_raw, effective and permitted.
    static let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}
