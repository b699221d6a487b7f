import Linux
import Model
import SystemPackage
import Testing
import Workspaces

/// Modification times as steps see them: make and cargo believe them.
@Suite struct RevisionTimeTests {
    /// In nanoseconds since 1970, as the view has it.
    private func time(_ fixture: IngestFixture, _ path: String) throws -> Int64 {
        let view = try fixture.mountView()
        defer { _ = try? fixture.scratch.sh("umount \(view)") }
        let directory = try Directory(opening: view)
        guard path != "." else { return try directory.status().modified }
        return try Directory(
            opening: path.contains("/") ? view + "/" + path.prefix { $0 != "/" } : view
        ).status(String(path.split(separator: "/").last ?? "")).modified
    }

    private static let old = "2001-02-03T04:05:06.789Z"
    private static let oldTime: Int64 = 981_173_106_789_000_000

    @Test func `a first revision has the source's times, those of links and directories too`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(
            """
            mkdir d empty; echo x > d/file; ln -s file d/link; echo y > future; echo z > zero; echo w > before
            touch -h -d \(Self.old) d/file d/link d empty; touch -d 2040-01-01Z future; touch -d @0 zero
            touch -d 1960-01-01Z before; touch -d \(Self.old) .
            """)
        try await fixture.ingest()
        for path in ["d/file", "d/link", "d", "empty", "."] {
            #expect(try time(fixture, path) == Self.oldTime, "\(path)")
        }
        #expect(try time(fixture, "future") == 2_208_988_800_000_000_000)
        #expect(try time(fixture, "zero") == 0)
        #expect(try time(fixture, "before") == -315_619_200_000_000_000)
    }

    @Test func `what is new or changed has the later of its own time and the moment of the ingest`()
        async throws
    {
        let fixture = try IngestFixture()
        try fixture.change(
            """
            mkdir a b c; for f in a/content a/mode a/kept b/kept c/gone; do echo x > $f; done; ln -s x a/link
            touch -h -d \(Self.old) a/* b/* c/* a b c .
            """)
        try await fixture.ingest()
        try fixture.change(
            """
            echo y > a/content; chmod 700 a/mode; ln -sfn y a/link; mkdir -p n/m; echo new > n/new; echo f > a/future
            mv a/kept a/renamed; cp a/renamed a/kept; rm c/gone
            touch -h -d \(Self.old) a/* n/* n a b c .; touch -d 2040-01-01Z a/future
            """)
        let second = try await fixture.ingest()
        let moment = second.report.ingested.nanoseconds
        for path in ["a/content", "a/mode", "a/link", "n", "n/m", "n/new", "a/renamed"] {
            #expect(try time(fixture, path) == moment, "\(path)")
        }
        #expect(try time(fixture, "a/future") == 2_208_988_800_000_000_000)
        // Names came and went there.
        for path in ["a", "c", "."] { #expect(try time(fixture, path) == moment, "\(path)") }
        for path in ["a/kept", "b/kept", "b"] { #expect(try time(fixture, path) == Self.oldTime, "\(path)") }
    }

    @Test func `a touch changes nothing, now and later`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir d; echo x > d/x; echo y > d/y; touch -d \(Self.old) d/x d/y")
        let first = try await fixture.ingest()
        try fixture.change("touch d/x")
        #expect(try await fixture.ingest().isNew == false)
        #expect(try time(fixture, "d/x") == Self.oldTime)
        try fixture.change("echo z > d/y")
        let third = try await fixture.ingest()
        #expect(third.report.ingested > first.report.ingested)
        #expect(try time(fixture, "d/x") == Self.oldTime)
        #expect(try time(fixture, "d/y") >= third.report.ingested.nanoseconds)
    }

    @Test func `going back is the revision of then with fresh times`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(
            "mkdir d; echo one > d/file; echo kept > kept; echo gone > d/gone; touch -d \(Self.old) d/* kept")
        let first = try await fixture.ingest()
        try fixture.scratch.sh("cp -a source saved")
        try fixture.change("echo two > d/file; rm d/gone; echo new > d/new")
        let second = try await fixture.ingest()
        let builtFromSecond = max(second.report.ingested.nanoseconds, SystemClock.realtime)
        // With the times of then, as an archive would.
        try fixture.scratch.sh("cp -a saved/. source; rm source/d/new; touch -r saved/d source/d")
        let third = try await fixture.ingest()
        #expect(third.report.manifest.digest == first.report.manifest.digest)
        #expect(third.report.ingested > second.report.ingested)
        for path in ["d/file", "d/gone", "d"] {
            #expect(try time(fixture, path) > builtFromSecond, "\(path)")
        }
        #expect(try time(fixture, "kept") == Self.oldTime)
    }

    @Test func `with all times zero every change is fresh all the same`() async throws {
        let fixture = try IngestFixture()
        let zero = "find . -print0 | xargs -0 touch -h -d @0"
        try fixture.change("mkdir d; echo one > d/file; echo kept > kept; \(zero)")
        try await fixture.ingest()
        #expect(try time(fixture, "d/file") == 0)
        var newest: Int64 = 0
        for text in ["two", "one", "two", "one"] {
            try fixture.change("echo \(text) > d/file; \(zero)")
            let taken = try await fixture.ingest()
            #expect(taken.isNew)
            #expect(try time(fixture, "d/file") == taken.report.ingested.nanoseconds)
            #expect(taken.report.ingested.nanoseconds > newest)
            newest = taken.report.ingested.nanoseconds
        }
        #expect(try time(fixture, "kept") == 0)
        #expect(try time(fixture, "d") == 0)
    }

    @Test func `make rebuilds after every switch and never in between`() async throws {
        let fixture = try IngestFixture()
        let zero = "find . -print0 | xargs -0 touch -h -d @0"
        try fixture.change("printf 'out: in\\n\\tcp in out\\n' > Makefile; echo one > in; \(zero)")
        try fixture.scratch.sh("mkdir upper work built")
        for text in ["one", "two", "one", "one"] {
            try fixture.change("echo \(text) > in; \(zero)")
            try await fixture.ingest()
            let view = try fixture.mountView()
            try fixture.scratch.sh(
                """
                cp -p built/out upper/out 2>/dev/null
                mount -t overlay overlay -o lowerdir=\(view),upperdir=upper,workdir=work built; cd built
                cat in > expected; make -s; cmp out expected; make -q; cd ..; umount built; rm -rf work; mkdir work
                umount \(view)
                """)
        }
    }

    @Test func `no ingest has the time of the one before, even if the clock was set back`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("echo one > file")
        try await fixture.ingest()
        fixture.pretendIngested(at: Timestamp(nanoseconds: SystemClock.realtime + 3_600_000_000_000))
        let future = try #require(fixture.previous?.ingested)
        try fixture.change("echo two > file")
        let second = try await fixture.ingest()
        #expect(second.report.ingested > future)
        #expect(try time(fixture, "file") == second.report.ingested.nanoseconds)
    }
}
