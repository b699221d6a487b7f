import Foundation
import GRDB
import Model
import Testing

@testable import Catalog

/// What lies beside the layers, kept in memory.
private struct Records {
    var files: [String: StoreRecord] = [:]

    /// Writes down what has changed, as the engine does.
    mutating func follow(_ catalog: Catalog, boot: String = "boot") async throws {
        add([try await catalog.storeRecord(boot: boot)])
        while let batch = try await catalog.unrecorded(limit: 2, boot: boot) {
            add(batch.records)
            try await catalog.recorded(upTo: batch.change)
        }
    }

    private mutating func add(_ records: [StoreRecord]) {
        for record in records {
            files["\(record.kind)/\(record.key)"] = record.content == nil ? nil : record
        }
    }

    func rebuild(
        at path: String, boot: String = "boot", mark: RecordMark? = nil, highest: Int64 = 0
    ) throws -> RebuildReport {
        var rebuild = try CatalogRebuild(at: path, boot: boot, mark: mark)
        try rebuild.add(Array(files.values))
        return try rebuild.finish(highest: LayerID(highest))
    }

    var source: RecordSource {
        RecordSource(
            keys: { kind in files.values.filter { $0.kind == kind }.map(\.key) },
            content: { kind, key in files["\(kind)/\(key)"]?.content })
    }
}

@Suite struct `Records beside the layers` {
    /// A catalog with something of each kind, its records written.
    private func open(_ body: (CatalogFixture, inout Records) async throws -> Void) async throws {
        try await CatalogFixture.open { fixture in
            let catalog = fixture.catalog
            let image = try await fixture.addImage()
            _ = try await catalog.addStub(
                image: image.digest, mountPoints: "/proc",
                layer: NewLayer(id: LayerID(2), kind: .stub, bytes: 0, entries: 1))
            try await fixture.add(
                try fixture.snapshot("a", on: image, layer: 10),
                try fixture.record(of: "a", facts: [.absent(try #require(EntryPath("x")))]))
            try await fixture.add(
                try fixture.snapshot("b", on: image, parent: "a", layer: 11),
                try fixture.record(of: "b", at: 2))
            let workspace = try await catalog.workspace(
                try ResourceName("w", kind: "workspace"), in: CatalogFixture.scope)
            _ = try await catalog.addIngest(
                Ingest(
                    number: 0, workspace: workspace, revision: CatalogFixture.digest("revision"),
                    layers: [LayerID(20)], ingested: Timestamp(seconds: 5), files: 1, bytes: 1),
                new: [NewLayer(id: LayerID(20), kind: .revision, bytes: 1, entries: 1)])
            _ = try await catalog.giveUp([], entering: "boot")
            var records = Records()
            try await records.follow(catalog)
            try await body(fixture, &records)
        }
    }

    @Test func `make a lost catalog again, with everything that lasts`() async throws {
        try await open { fixture, records in
            let path = fixture.path + ".new"
            let report = try records.rebuild(at: path, highest: 30)
            #expect(report.snapshots == 2 && report.images == 1 && report.revisions == 1)
            #expect(report.hasIdentity && report.unreadable.isEmpty && report.unsafe.isEmpty)
            let (old, new) = (fixture.catalog, try Catalog.open(path: path))
            #expect(new.identity == old.identity)
            for id in ["a", "b"] {
                #expect(try await new.snapshot(id) == old.snapshot(id))
                #expect(try await new.cacheRecords(of: id) == old.cacheRecords(of: id))
            }
            #expect(try await new.imageNames(in: .everywhere) == old.imageNames(in: .everywhere))
            #expect(try await new.workspaces(in: .everywhere) == old.workspaces(in: .everywhere))
            #expect(try await new.content().layers == old.content().layers)
            #expect(try await new.content().nextLayer == LayerID(31))
            #expect(try await new.content().boot == "boot")
        }
    }

    @Test func `give no number out again that a snapshot stands on`() async throws {
        try await open { fixture, records in
            let workspace = try #require(try await fixture.catalog.workspaceNumbers().first)
            let gone = try #require(try await fixture.catalog.latestIngest(of: workspace))
            try await fixture.catalog.removeWorkspace(workspace)
            try await records.follow(fixture.catalog)
            let path = fixture.path + ".new"
            #expect(try records.rebuild(at: path, highest: 30).revisions == 0)
            let new = try Catalog.open(path: path)
            #expect(try await new.snapshot("a")?.ingest == gone.number)
            let other = try await new.workspace(
                try ResourceName("other", kind: "workspace"), in: CatalogFixture.scope)
            let ingest = try await new.addIngest(
                Ingest(
                    number: 0, workspace: other, revision: CatalogFixture.digest("other"), layers: [],
                    ingested: Timestamp(seconds: 6), files: 1, bytes: 1), new: [])
            #expect(ingest.number > gone.number)
            #expect(try await new.ingest(number: ingest.number, revision: gone.revision) == nil)
        }
    }

    @Test func `of what changed again are written anew, and of what has gone are taken away`() async throws {
        try await open { fixture, records in
            let before = records.files["snapshot/a"]
            _ = try await fixture.catalog.pin("a", true)
            _ = try await fixture.catalog.removeSnapshot("b", recursive: false) { [:] }
            try await records.follow(fixture.catalog)
            #expect(records.files["snapshot/a"] != before && records.files["snapshot/b"] == nil)
            let path = fixture.path + ".new"
            #expect(try records.rebuild(at: path).snapshots == 1)
            #expect(try await Catalog.open(path: path).snapshot("a")?.isPinned == true)
        }
    }

    @Test func `count after a loss of power only as far as they were on the disk for sure`() async throws {
        try await open { fixture, records in
            let mark = RecordMark(change: try await fixture.catalog.lastChange(), boot: "boot")
            let image = try #require(
                try await fixture.catalog.image(
                    named: try ResourceName("base", kind: "image"), in: CatalogFixture.scope))
            try await fixture.add(try fixture.snapshot("c", on: image, parent: "b", layer: 12), nil)
            try await records.follow(fixture.catalog)
            let report = try records.rebuild(at: fixture.path + ".new", boot: "other", mark: mark)
            #expect(report.unsafe == ["snapshot/c"] && report.snapshots == 2)
            let again = try Catalog.open(path: fixture.path + ".new")
            #expect(try await again.content().layers.allSatisfy { $0.value.isDurable })
            let none = try records.rebuild(at: fixture.path + ".none", boot: "other")
            #expect(none.snapshots == 0 && none.hasIdentity)
        }
    }

    @Test func `whose bytes were flipped are left out with what stands on them`() async throws {
        try await open { fixture, records in
            var content = try #require(records.files["snapshot/a"]?.content)
            content[content.count / 2] ^= 1
            records.files["snapshot/a"]?.content = content
            let report = try records.rebuild(at: fixture.path + ".new")
            #expect(report.unreadable == ["snapshot/a"] && report.snapshots == 0 && report.images == 1)
        }
    }

    @Test func `show what was changed in the catalog by other hands`() async throws {
        try await open { fixture, records in
            // Taken later than the record is written.
            try await fixture.catalog.save(fingerprints: [LayerID(10): CatalogFixture.digest("tree")])
            #expect(try CatalogExamination(of: fixture.path, records: records.source).problems == [])
            try await fixture.catalog.database.write {
                // A flipped byte in a page notes no change.
                try $0.execute(sql: "DROP TRIGGER note_snapshot_update")
                try $0.execute(sql: "UPDATE snapshot SET system_layers = '[1]' WHERE id = 'a'")
            }
            let found = try CatalogExamination(of: fixture.path, records: records.source)
            #expect(found.problems == ["snapshot/a is not what is recorded beside the layers"])
            records.files["snapshot/b"] = nil
            #expect(
                try CatalogExamination(of: fixture.path, records: records.source).unrecorded == ["snapshot/b"]
            )
        }
    }

    @Test func `are written of everything when a store of an older version is opened`() async throws {
        try await open { fixture, _ in
            try await fixture.catalog.noteEverything()
            let batch = try await fixture.catalog.unrecorded(limit: 100, boot: "boot")
            let names = Set(batch?.records.map { "\($0.kind)/\($0.key)" } ?? [])
            #expect(names.isSuperset(of: ["snapshot/a", "snapshot/b", "revision/1"]) && names.count == 4)
        }
    }
}
