import Catalog
import Foundation
import GRDB
import Model
import TestSupport
import Testing

@Suite struct `The catalog` {
    @Test func `gives out a layer number once, also after it was opened again`() async throws {
        try await CatalogFixture.open { fixture in
            let first = try await fixture.catalog.reserveLayers(10)
            let again = try Catalog.open(path: fixture.path)
            let second = try await again.reserveLayers(10)
            #expect(second.lowerBound >= first.upperBound)
            #expect(try await again.content().nextLayer == LayerID(second.upperBound))
        }
    }

    @Test func `keeps its identity and its environment key`() async throws {
        try await CatalogFixture.open { fixture in
            let again = try Catalog.open(path: fixture.path)
            #expect(again.identity == fixture.catalog.identity)
            #expect(again.identity.id.count == 8 && again.identity.environmentKey.count == 32)
        }
    }

    @Test func `refuses a store that a newer version wrote`() async throws {
        try await CatalogFixture.open { fixture in
            let queue = try DatabaseQueue(path: fixture.path)
            try await queue.write {
                try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from tomorrow')")
            }
            try queue.close()
            let failure = #expect(throws: Failure.self) { _ = try Catalog.open(path: fixture.path) }
            #expect(failure?.code == .storeTooNew)
        }
    }

    @Test func `says that a file is damaged which is no database`() throws {
        let path = NSTemporaryDirectory() + "varve-catalog-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: path))
        let failure = #expect(throws: Failure.self) { _ = try Catalog.open(path: path) }
        #expect(failure?.code == .storeDamaged)
    }

    @Test func `finds a snapshot by identity, the newest record first`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            try await fixture.add(
                try fixture.snapshot("old", on: image, layer: 2), try fixture.record(of: "old", at: 1))
            try await fixture.add(
                try fixture.snapshot("new", on: image, layer: 3), try fixture.record(of: "new", at: 2))
            let identity = try fixture.record(of: "x").identity
            #expect(
                try await fixture.catalog.cachedSnapshots(of: identity).map(\.record.snapshot) == [
                    "new", "old",
                ])
            let other = try fixture.record(of: "x", command: "false").identity
            #expect(try await fixture.catalog.cachedSnapshots(of: other).isEmpty)
        }
    }

    @Test func `finds what lies behind the newest hundred of an identity`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            for number in 0...Catalog.cachedAtOnce {
                let id = "s\(number)"
                try await fixture.add(
                    try fixture.snapshot(id, on: image, layer: Int64(number + 2)),
                    try fixture.record(of: id, at: Int64(number)))
            }
            let identity = try fixture.record(of: "x").identity
            let newest = try await fixture.catalog.cachedSnapshots(of: identity)
            #expect(newest.count == Catalog.cachedAtOnce && newest.last?.record.snapshot == "s1")
            let behind = try await fixture.catalog.cachedSnapshots(of: identity, skipping: newest.count)
            #expect(behind.map(\.record.snapshot) == ["s0"])
        }
    }

    @Test func `tells of a workspace's snapshots what others stand on and what is their own`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            try await fixture.add(try fixture.snapshot("a", on: image, layer: 10), nil)
            try await fixture.add(try fixture.snapshot("b", on: image, parent: "a", layer: 11), nil)
            try await fixture.add(try fixture.snapshot("c", on: image, parent: "a", layer: 12), nil)
            let usage = try await fixture.catalog.workspaceUsage(in: .scope(CatalogFixture.scope))
            #expect(usage.map(\.snapshotBytes) == [300])
            #expect(usage.map(\.sharedBytes) == [100])
        }
    }

    @Test func `finds records that differ only in what the policy resolved to`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            let record = try fixture.record(of: "s", values: ["workspace": "1"])
            try await fixture.add(try fixture.snapshot("s", on: image, layer: 2), record)
            let now = try fixture.record(of: "x", values: ["workspace": "2"]).identity
            #expect(try await fixture.catalog.cachedSnapshots(of: now).isEmpty)
            #expect(try await fixture.catalog.cacheRecords(similarTo: now).map(\.snapshot) == ["s"])
        }
    }

    @Test func `makes snapshots of one identity exclude each other when they are recorded`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            let path = try #require(EntryPath("gen"))
            let revision = ManifestBuilder.withFile("gen")
            try await fixture.add(
                try fixture.snapshot("a", on: image, layer: 2),
                try fixture.record(of: "a", facts: [.absent(path)]))
            try await fixture.add(
                try fixture.snapshot("b", on: image, layer: 3), try fixture.record(of: "b"), on: revision)
            let facts = try await fixture.catalog.cacheRecords(of: "b").first?.facts
            #expect(facts?.broken(in: revision).isEmpty == true)
            #expect(facts?.broken(in: ManifestBuilder.empty).isEmpty == false)
        }
    }

    @Test func `removes a snapshot with descendants only when asked to`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            try await fixture.add(try fixture.snapshot("a", on: image, layer: 2), nil)
            try await fixture.add(try fixture.snapshot("b", on: image, parent: "a", layer: 3), nil)
            try await fixture.add(try fixture.snapshot("c", on: image, parent: "b", layer: 4), nil)
            await #expect(throws: Failure.self) {
                try await fixture.catalog.removeSnapshot("a", recursive: false, users: { [:] })
            }
            #expect(try await fixture.catalog.snapshotCount() == 3)
            #expect(try await fixture.catalog.removeSnapshot("a", recursive: true, users: { [:] }) == 3)
            #expect(try await fixture.catalog.snapshotCount() == 0)
            let dropped = try await fixture.catalog.dropUnreferencedLayers { [LayerID(3)] }
            #expect(Set(dropped) == [LayerID(2), LayerID(4)])
        }
    }

    @Test func `gives up what stood on lost layers, and nothing else`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            for (id, parent, layer) in [("a", nil, 2), ("b", "a", 3), ("other", nil, 4)]
                as [(String, String?, Int64)]
            {
                try await fixture.add(try fixture.snapshot(id, on: image, parent: parent, layer: layer), nil)
            }
            let report = try await fixture.catalog.giveUp([LayerID(2)], entering: "boot")
            #expect(Set(report.snapshots) == ["a", "b"])
            #expect(try await fixture.catalog.snapshot("other") != nil)
            let everything = try await fixture.catalog.giveUp([LayerID(1)], entering: "boot")
            #expect(everything.images == ["base"] && everything.snapshots == ["other"])
        }
    }

    @Test func `marks durable what it is told, and the snapshots that stand on it`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            try await fixture.add(try fixture.snapshot("a", on: image, layer: 2), nil)
            #expect(try await fixture.catalog.snapshot("a")?.isDurable == false)
            try await fixture.catalog.markDurable([LayerID(2)])
            #expect(try await fixture.catalog.snapshot("a")?.isDurable == true)
            #expect(try await fixture.notDurable() == [LayerID(1)])
        }
    }

    @Test func `remembers a request by its key, and tells another one apart`() async throws {
        try await CatalogFixture.open { fixture in
            let catalog = fixture.catalog
            let (one, two) = (CatalogFixture.digest("one"), CatalogFixture.digest("two"))
            func remember(_ fingerprint: Digest, at seconds: Int64) async throws -> RememberedRequest {
                try await catalog.remember(
                    key: "k", fingerprint: fingerprint, scope: CatalogFixture.scope,
                    now: Timestamp(seconds: seconds))
            }
            #expect(try await remember(one, at: 1) == .new)
            #expect(try await remember(one, at: 2) == .repeated(response: nil))
            try await catalog.answer(key: "k", scope: CatalogFixture.scope, response: "{}")
            #expect(try await remember(one, at: 3) == .repeated(response: "{}"))
            #expect(try await remember(two, at: 4) == .mismatch)
            #expect(try await remember(two, at: 90_000) == .new, "after a day the key is free")
        }
    }
}

extension ManifestBuilder {
    fileprivate static var empty: Manifest { ManifestBuilder(rootMode: 0o755).finish() }

    fileprivate static func withFile(_ name: String) -> Manifest {
        var builder = ManifestBuilder(rootMode: 0o755)
        builder.addFile(Array(name.utf8), mode: 0o644, size: 1, content: Digest(of: [1]))
        return builder.finish()
    }
}
