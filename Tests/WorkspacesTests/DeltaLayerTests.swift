import Linux
import Model
import TestSupport
import Testing
import Workspaces

/// Layers stacked by a real overlay against the source they were made from.
@Suite struct DeltaLayerTests {
    private func expectEqual(_ fixture: IngestFixture, _ comment: Comment) throws {
        let (view, source) = try fixture.listings()
        #expect(view == source, comment)
    }

    @Test func `a first revision shows the source: files, links, modes, empty directories`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(
            """
            mkdir -p a/b/c empty 'with space'; echo one > a/one; echo two > a/b/two; ln -s ../one a/b/link
            ln -s /etc/shadow shadow; ln -s nowhere dangling; printf x > 'with space/ü'; chmod 600 a/one; chmod 4755 a/b/two
            chmod 1777 empty; chmod 700 a/b; : > nothing; touch -d 2001-02-03 a/one
            """)
        let taken = try await fixture.ingest()
        #expect(taken.isNew)
        #expect(taken.report.files == 4)
        #expect(taken.report.copied == 4)
        #expect(taken.report.bytes == 9)
        try expectEqual(fixture, "first")
        #expect(try fixture.stat("%u:%g", "a/one") == "0:0")
        #expect(try fixture.stat("%y", "a/one").hasPrefix("2001-02-03"))
    }

    @Test func `nothing changed is no layer and no revision`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir d; echo x > d/x; ln -s x d/y")
        let first = try await fixture.ingest()
        let second = try await fixture.ingest()
        #expect(!second.isNew)
        #expect(!second.hasLayer)
        #expect(second.report.manifest == first.report.manifest)
        #expect(second.report.copied == 0)
        #expect(second.report.reused == 1)
        #expect(second.report.passes == 1)
    }

    @Test func `each change shows in a layer of its own`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(
            "mkdir -p a/b d; echo one > a/one; echo two > a/b/two; ln -s one a/link; echo k > d/keep; echo g > d/gone"
        )
        try await fixture.ingest()
        let changes = [
            "echo more >> a/one", "rm d/gone", "mv a/one a/renamed", "chmod 755 a/renamed",
            "ln -sfn renamed a/link",
            "mkdir -p new/empty", "rmdir new/empty", "chmod 750 a/b", "rm -r d",
            "mkdir d && echo fresh > d/fresh",
            "echo one > d/gone", "printf '' > a/b/two", "chmod 700 .",
            "mkdir -p deep/er/and/deeper && echo x > deep/er/and/deeper/x",
            "echo y > deep/er/and/deeper/x", "rm -r deep a new d", "echo back > a",
        ]
        for change in changes {
            try fixture.change(change)
            #expect(try await fixture.ingest().isNew, "\(change)")
            try expectEqual(fixture, "\(change)")
        }
        // A new workspace made of the view has the same revision.
        let other = try IngestFixture()
        let view = try fixture.mountView()
        try other.change("cp -a \(view)/. .")
        #expect(try await other.ingest().report.manifest == fixture.previous?.manifest)
    }

    @Test func `an entry may turn into any other kind`() async throws {
        let states = [
            "echo file > x", "ln -s target x", "mkdir x", "mkdir x && echo in > x/in",
            "mkdir -p x/in && echo y > x/in/y", ":",
            "echo other > x && chmod 700 x",
        ]
        for first in states {
            for second in states where first != second {
                let fixture = try IngestFixture()
                try fixture.change(first)
                try await fixture.ingest()
                try fixture.change("rm -rf x; " + second)
                try await fixture.ingest()
                try expectEqual(fixture, "\(first) → \(second)")
                try fixture.change("rm -rf x; " + first)
                try await fixture.ingest()
                try expectEqual(fixture, "\(first) → \(second) → \(first)")
            }
        }
    }

    @Test(arguments: 0..<6)
    func `random edits, one layer each, always show the source`(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(100 + seed))
        let fixture = try IngestFixture()
        for _ in 0..<14 {
            var script = ""
            for _ in 0..<Int.random(in: 1...8, using: &random) { script += edit(&random) + "\n" }
            try fixture.change("set +e\n" + script + "true")
            try await fixture.ingest()
            let (view, source) = try fixture.listings()
            #expect(view == source, "seed \(seed):\n\(script)")
            if view != source { return }
        }
    }

    private func edit(_ random: inout SplitMix) -> String {
        func path() -> String {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in random.pick(["a", "b", "c"]) }.joined(
                separator: "/")
        }
        let (one, two) = (path(), path())
        let number = Int.random(in: 0..<5, using: &random)
        return random.pick([
            "echo \(number) > \(one)", "echo \(number) >> \(one)", "mkdir -p \(one)", "rm -rf \(one)",
            "ln -sfn \(two) \(one)",
            "mv \(one) \(two)", "chmod \(random.pick(["600", "755", "644", "700", "2755"])) \(one)",
            "ln \(one) \(two)",
            "rm -rf \(one); mkdir \(one); echo \(number) > \(one)/\(random.pick(["a", "b"]))",
            "cp -a \(one) \(two)",
            "touch \(one)", "rm -f \(one); mkdir -p \(one)",
        ]) + " 2>/dev/null"
    }
}
