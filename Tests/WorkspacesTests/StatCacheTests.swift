import Linux
import Model
import SystemPackage
import Testing
import Workspaces

/// What is known of a tree saves reading it, and never hides a change.
@Suite struct StatCacheTests {
    private static let manyFiles =
        "for d in a b c d e f; do mkdir -p $d/x; seq 500 | split -l 1 -a 3 - $d/f; echo $d > $d/x/y; done"

    private func directories(_ fixture: IngestFixture) throws -> [String] {
        String(decoding: try fixture.scratch.sh("find \(fixture.path("")) -type d"), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    @Test func `of an unchanged tree no file is opened, also after a restart`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(Self.manyFiles)
        // What was changed within the last second may still be being written, and is read once more the next time.
        try await Task.sleep(for: .seconds(1.1))
        let first = try await fixture.ingest()
        #expect(first.report.files == 3_006)
        let watch = try OpenWatch(try directories(fixture))
        for _ in 0..<3 {
            let again = try await fixture.ingest()
            #expect(!again.isNew && !again.hasLayer)
            #expect(again.report.copied == 0)
            #expect(again.report.reused == 3_006)
            #expect(again.report.passes == 1)
            #expect(again.report.cache == nil)
            #expect(try watch.opened() == [])
        }
        // Of a changed one, only what changed.
        try fixture.change("echo changed > c/faaa")
        _ = try watch.opened()
        #expect(try await fixture.ingest().report.copied == 1)
        #expect(try watch.opened() == ["faaa"])
    }

    @Test func `what git tracks and comes back into an ignored directory is seen, though no listing changed`()
        async throws
    {
        let fixture = try IngestFixture()
        try fixture.change(
            "git init -q --template= .; echo build/ > .gitignore; mkdir -p a/build; echo 1 > a/build/kept; "
                + "git add -f a/build/kept; rm a/build/kept")
        // So that what is known of the directories above counts.
        try await Task.sleep(for: .seconds(1.1))
        for _ in 1...2 {
            try await fixture.ingest()
            #expect(fixture.entry("a") != nil && fixture.entry("a/build") == nil)
        }
        try fixture.change("echo 2 > a/build/kept")
        try await fixture.ingest()
        #expect(fixture.content("a/build/kept") == Digest(of: Array("2\n".utf8)))
    }

    @Test func `of a tree that is looked at from both ends every change is seen, wherever it is`()
        async throws
    {
        let fixture = try IngestFixture()
        try fixture.change(Self.manyFiles)
        try await fixture.ingest()
        for directory in ["a", "f"] {
            for change in [
                "echo edited > D/faab", "rm D/faac", "ln -sf faab D/faad", "chmod 755 D/faae",
                "rm D/faaf; mkdir D/faaf", "mv D/faag D/faah", "rm -r D/x; echo file > D/x", "mkfifo D/new",
                "mv D aside; mkdir D; mv aside/* D; rmdir aside", "touch -d @1 D/faai",
            ] {
                let here = change.replacing("D/", with: "\(directory)/").replacing(
                    " D", with: " \(directory)")
                try fixture.change(here)
                try await fixture.ingest()
            }
            let fresh = try IngestFixture()
            try fresh.change("cp -a '\(fixture.path("."))' copy && mv copy/* . && rmdir copy")
            let alone = try await fresh.ingest()
            #expect(fixture.previous?.manifest == alone.report.manifest, "after the changes in \(directory)")
        }
    }

    @Test func `a cache goes through its stored form, and what is damaged is none`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(
            "git init -q --template= .; echo x > x; git add x; echo '*.o' > .gitignore; mkfifo p")
        let first = try await fixture.ingest()
        let bytes = try #require(first.report.cache?.encoded())
        #expect(StatCache(encoded: bytes)?.encoded() == bytes)
        for length in bytes.indices { #expect(StatCache(encoded: Array(bytes[..<length])) == nil) }
        #expect(StatCache(encoded: bytes + [0]) == nil)
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 0x81
            #expect(StatCache(encoded: damaged) == nil)
        }
    }

    @Test func `without a cache everything is read again, and nothing is copied`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(Self.manyFiles)
        let first = try await fixture.ingest()
        fixture.forgetCache()
        let second = try await fixture.ingest()
        #expect(!second.isNew)
        #expect(second.report.manifest == first.report.manifest)
        #expect(second.report.copied == 0)
        fixture.forgetCache()
        try fixture.change("echo changed > c/faaa")
        #expect(try await fixture.ingest().report.copied == 1)
    }

    @Test func `an edit that leaves size and modification time is seen`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir d; printf aaa > d/file; ln -s aaa d/link; touch reference")
        try await fixture.ingest()
        try fixture.change("touch -r d/file reference; printf bbb > d/file; touch -r reference d/file")
        try await fixture.ingest()
        #expect(fixture.content("d/file") == Digest(of: "bbb".utf8))
        try fixture.change("touch -r d reference; ln -sfn bbb d/link; touch -r reference d")
        try await fixture.ingest()
        #expect(fixture.entry("d/link") == .link(target: Digest(of: "bbb".utf8)))
    }

    @Test func `a directory put in another's place is seen, whatever its times say`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir -p d/e; printf aaa > d/e/file; printf zzz > d/other")
        try await fixture.ingest()
        try fixture.change(
            "cp -a d new; printf bbb > new/e/file; touch -r d/e/file new/e/file; mv d ../old; mv new d")
        try await fixture.ingest()
        #expect(fixture.content("d/e/file") == Digest(of: "bbb".utf8))
        #expect(fixture.content("d/other") == Digest(of: "zzz".utf8))
        try fixture.change("rm -r d; mv ../old d")
        try await fixture.ingest()
        #expect(fixture.content("d/e/file") == Digest(of: "aaa".utf8))
        // As when a file system is mounted there.
        try fixture.change("mount -t tmpfs tmpfs d; mkdir d/e; printf ccc > d/e/file")
        try await fixture.ingest()
        #expect(fixture.content("d/e/file") == Digest(of: "ccc".utf8))
        #expect(fixture.entry("d/other") == nil)
        // At once, also while a process that another test starts still has what this one has open.
        try fixture.change("umount --lazy d")
        try await fixture.ingest()
        #expect(fixture.content("d/other") == Digest(of: "zzz".utf8))
    }

    @Test func `two checkouts under one name do not mix`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir d; printf one > d/file; printf same > d/same; cp -a . ../other")
        try fixture.scratch.sh("printf two > other/d/file; touch -r source/d/file other/d/file")
        for _ in 0..<3 {
            for (name, content) in [("source", "one"), ("other", "two")] {
                fixture.sourceName = name
                try await fixture.ingest()
                #expect(fixture.content("d/file") == Digest(of: content.utf8))
                let (view, source) = try fixture.listings()
                #expect(view == source)
            }
        }
        // Equal ones are one revision.
        try fixture.scratch.sh("printf one > other/d/file")
        fixture.sourceName = "source"
        try await fixture.ingest()
        fixture.sourceName = "other"
        let equal = try await fixture.ingest()
        #expect(!equal.isNew)
        #expect(equal.report.copied == 0)
    }

    @Test func `other rules on an unchanged tree are other entries`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir d; echo x > d/a.o; echo y > d/b; echo '*.o' > .gitignore")
        try await fixture.ingest()
        #expect(fixture.entry("d/a.o") == nil)
        fixture.request = try IgnoreRequest(source: .none)
        try await fixture.ingest()
        #expect(fixture.entry("d/a.o") != nil)
        fixture.request = try IgnoreRequest(exclude: ["b"])
        try await fixture.ingest()
        #expect(fixture.entry("d/a.o") == nil && fixture.entry("d/b") == nil)
        fixture.request = .standard
        try fixture.change("echo b > .gitignore")
        try await fixture.ingest()
        #expect(fixture.entry("d/a.o") != nil && fixture.entry("d/b") == nil)
    }

    /// The kernel stamps whole seconds where an inode has no room for more.
    @Test func `on a file system that stamps whole seconds edits are seen, and rest is believed in the end`()
        async throws
    {
        let fixture = try IngestFixture()
        try fixture.scratch.sh(
            "truncate -s 32M disk; mkfs.ext4 -q -I 128 -F disk 2>&1; mount -o loop disk source; rmdir source/lost+found"
        )
        try fixture.change("mkdir d; printf 000 > d/file; printf x > d/x; touch -d 2001-02-03 d/file")
        try await fixture.ingest()
        for round in 100..<120 {
            try fixture.change("printf \(round) > d/file; touch -d 2001-02-03 d/file")
            try await fixture.ingest()
            #expect(fixture.content("d/file") == Digest(of: "\(round)".utf8))
        }
        let watch = try OpenWatch(try directories(fixture))
        // A second may still be under way on the file system's clock for three of ours.
        try await Task.sleep(for: .seconds(4))
        try await fixture.ingest()
        #expect(try watch.opened().contains("file"))
        #expect(try await fixture.ingest().report.reused == 2)
        #expect(try watch.opened() == [])
    }
}
