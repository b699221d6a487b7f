import Catalog
import GRDB
import Model
import Testing

@Suite struct RemovalTests {
    /// a ← b ← c, and d on a.
    private func withFamily(_ body: (CatalogFixture) async throws -> Void) async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            for (index, (id, parent)) in [("a", nil), ("b", "a"), ("c", "b"), ("d", "a")].enumerated() {
                try await fixture.add(
                    try fixture.snapshot(id, on: image, parent: parent, layer: Int64(index + 10)), nil)
            }
            try await body(fixture)
        }
    }

    private func all(_ fixture: CatalogFixture) async throws -> Set<String> {
        Set(try await fixture.catalog.snapshots(SnapshotFilter(reach: .everywhere)).map(\.id))
    }

    /// Why the whole family can't be removed.
    private func refusal(
        of fixture: CatalogFixture, users: @escaping SnapshotUsers
    ) async -> Failure? {
        do {
            _ = try await fixture.catalog.removeSnapshot("a", recursive: true, users: users)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a family with a pinned descendant stays whole, with the remedy`() async throws {
        try await withFamily { fixture in
            let isThere = try await fixture.catalog.pin("c", true)
            #expect(isThere)
            let failure = await refusal(of: fixture, users: { [:] })
            #expect(failure?.code == .conflict && failure?.fix == "varve snapshot unpin c")
            #expect(try await all(fixture) == ["a", "b", "c", "d"])
            #expect(try await fixture.catalog.removeSnapshot("d", recursive: false, users: { [:] }) == 1)
            #expect(try await fixture.catalog.pin("c", false))
            #expect(try await fixture.catalog.removeSnapshot("a", recursive: true, users: { [:] }) == 3)
        }
    }

    @Test func `a family with a descendant in use stays whole`() async throws {
        try await withFamily { fixture in
            let failure = await refusal(of: fixture, users: { ["c": "run r, which is under way,"] })
            #expect(failure?.code == .conflict && failure?.detail.contains("run r") == true)
            let left = try await all(fixture)
            #expect(left == ["a", "b", "c", "d"])
        }
    }

    @Test func `what was removed is found by nobody, and a use is taken down to the minute`() async throws {
        try await withFamily { fixture in
            let removed = try await fixture.catalog.removeSnapshot("d", recursive: false, users: { [:] })
            #expect(removed == 1)
            #expect(try await fixture.catalog.use("d", at: Timestamp(seconds: 1)) == nil)
            #expect(try await fixture.catalog.use("c", at: Timestamp(seconds: 1000))?.id == "c")
            #expect(try await fixture.catalog.snapshot("c")?.used == Timestamp(seconds: 1000))
            _ = try await fixture.catalog.use("c", at: Timestamp(seconds: 1030))
            #expect(try await fixture.catalog.snapshot("c")?.used == Timestamp(seconds: 1000))
        }
    }

    /// What may go, by the catalog and the rule.
    private func free(
        _ fixture: CatalogFixture, users: @escaping SnapshotUsers = { [:] }
    ) async throws -> [String] {
        let prunable = try await fixture.catalog.prunable(users: users)
        #expect(prunable.snapshots.values.allSatisfy { $0.bytes == 100 })
        return PruneRule.choose(
            among: prunable.candidates, goal: .everything, at: Timestamp(seconds: 1_000_000))
    }

    private func view(of snapshot: String) -> Lease {
        Lease(
            id: "l", scope: CatalogFixture.scope, holder: LeaseHolder(uid: 0, gid: 0),
            subject: .view(of: snapshot),
            layers: LeasedLayers(
                system: [], deltas: [], revision: [], owner: .root, workspace: .readOnly),
            workspaceTarget: nil, created: Timestamp(seconds: 1), expires: Timestamp(seconds: 2), boot: "b")
    }

    @Test func `pruning spares pins, users and leases with what they stand on`() async throws {
        try await withFamily { fixture in
            _ = try await fixture.catalog.pin("b", true)
            #expect(try await free(fixture) == ["c", "d"])
            #expect(try await free(fixture, users: { ["d": "somebody"] }) == ["c"])
            var view = view(of: "d")
            try await fixture.catalog.save(view)
            #expect(try await free(fixture) == ["c"])
            view.end = .discarded
            try await fixture.catalog.save(view)
            _ = try await fixture.catalog.pin("b", false)
            #expect(try await free(fixture) == ["c", "b", "d", "a"])
        }
    }

    @Test func `who came to a snapshot after the choice keeps it, and the layers he holds`() async throws {
        try await withFamily { fixture in
            let catalog = fixture.catalog
            let chosen = try await free(fixture)
            try await catalog.save(view(of: "d"))
            _ = try await catalog.pin("b", true)
            let gone = try await catalog.removeUnused(chosen, users: { ["c": "a run"] }, except: { [] })
            #expect(gone.ids == [] && gone.layers == [])
            let left = try await all(fixture)
            #expect(left == ["a", "b", "c", "d"])
            let held = try await catalog.removeUnused(chosen, users: { [:] }, except: { [LayerID(12)] })
            #expect(held.ids == ["c"] && held.layers == [], "its row goes, not its layer")
            #expect(try await catalog.hasLayers([LayerID(12)]))
            #expect(try await catalog.dropUnreferencedLayers(except: { [] }) == [LayerID(12)])
        }
    }

    @Test func `a snapshot's own layers go with it, and nobody else's`() async throws {
        try await withFamily { fixture in
            let catalog = fixture.catalog
            let gone = try await catalog.removeUnused(
                ["c", "b", "missing", "a"], users: { [:] }, except: { [] })
            #expect(gone.ids == ["c", "b"] && gone.layers == [LayerID(12), LayerID(11)])
            #expect(try await all(fixture) == ["a", "d"])
            #expect(try await catalog.hasLayers([LayerID(1), LayerID(10), LayerID(13)]))
            #expect(try await catalog.dropUnreferencedLayers(except: { [] }) == [])
        }
    }

    @Test func `what can't be collected names who holds it, over which others`() async throws {
        try await withFamily { fixture in
            let catalog = fixture.catalog
            #expect(try await catalog.holder(of: "a", users: { [:] }) == nil)
            _ = try await catalog.pin("c", true)
            let pinned = try await catalog.holder(of: "a", users: { [:] })
            #expect(pinned?.reason == "snapshot c is pinned" && pinned?.chain == ["a", "b", "c"])
            try await catalog.save(view(of: "d"))
            let leased = try await catalog.holder(of: "a", users: { [:] })
            // The nearest one.
            #expect(leased?.reason == "lease l stands on snapshot d" && leased?.chain == ["a", "d"])
            #expect(try await catalog.holder(of: "c", users: { [:] })?.chain == ["c"])
            #expect(try await catalog.holder(of: "b", users: { ["b": "run r"] })?.chain == ["b"])
        }
    }

    @Test func `a pinned result outlives the next run`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            var result = try fixture.snapshot("a", on: image, layer: 10)
            result.retention = .result
            try await fixture.add(result, nil)
            for id in ["r", "s"] { try await fixture.addEndedRun(id) }
            _ = try await fixture.catalog.pin("a", true)
            #expect(try await fixture.dropResults() == 0)
            _ = try await fixture.catalog.pin("a", false)
            #expect(try await fixture.dropResults(users: ["a": "a run"]) == 0)
            #expect(try await fixture.dropResults() == 1)
        }
    }

    @Test func `what a failed step left goes by its age, and is nothing that it has made`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            var left = try fixture.snapshot("a", on: image, layer: 10)
            left.retention = .failed
            try await fixture.add(left, nil)
            try await fixture.addEndedRun("r")
            let catalog = fixture.catalog
            #expect(try await catalog.snapshot(madeBy: left.maker, step: left.step) == nil)
            #expect(try await catalog.snapshot(madeBy: left.maker, step: left.step, failed: true)?.id == "a")
            #expect(try await fixture.dropResults(before: left.created) == 0)
            #expect(try await fixture.dropResults() == 1, "it waits for another run")
        }
    }

    @Test func `a result without a workspace goes with those of its run`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            var result = try fixture.snapshot("a", on: image, layer: 10)
            (result.retention, result.workspace) = (.result, nil)
            try await fixture.add(result, nil)
            try await fixture.addEndedRun("r")
            #expect(try await fixture.dropResults() == 0, "no later run has ended")
            try await fixture.addEndedRun("s")
            #expect(try await fixture.dropResults() == 1)
        }
    }

    @Test func `a result that a lease left goes by its age, since no run will follow`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            var result = try fixture.snapshot("a", on: image, layer: 10)
            result.retention = .result
            try await fixture.add(result, nil)
            #expect(try await fixture.dropResults(orphaned: result.created) == 0)
            #expect(try await fixture.dropResults() == 1)
        }
    }

    @Test func `a store from before pins takes each snapshot as used when it was made`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            try await fixture.add(try fixture.snapshot("a", on: image, layer: 77), nil)
            let old = try DatabaseQueue(path: fixture.path)
            try await old.write { database in
                try database.execute(sql: "DROP TABLE squash")
                try database.execute(sql: "ALTER TABLE snapshot DROP COLUMN pinned")
                try database.execute(sql: "ALTER TABLE snapshot DROP COLUMN used")
                try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '2'")
            }
            let migrated = try await Catalog.open(path: fixture.path).snapshot("a")
            #expect(migrated?.used == Timestamp(seconds: 77) && migrated?.isPinned == false)
        }
    }

    @Test func `labels are those of the image below`() async throws {
        try await CatalogFixture.open { fixture in
            var configuration = ImageConfiguration(platform: "linux/amd64")
            configuration.labels = ["a.b/c": "1", "x": "y"]
            let image = Image(
                digest: configuration.imageDigest(layers: []), configuration: configuration, layers: [])
            let name = ImageName(
                name: try ResourceName("labelled", kind: "image"), scope: nil, digest: image.digest,
                created: Timestamp(seconds: 1))
            try await fixture.catalog.addImage(image, name: name, new: [])
            try await fixture.add(try fixture.snapshot("with", on: image, layer: 10), nil)
            try await fixture.add(
                try fixture.snapshot("without", on: try await fixture.addImage(), layer: 11), nil)
            func found(_ labels: [String: String]) async throws -> [String] {
                var filter = SnapshotFilter(reach: .everywhere)
                filter.labels = labels
                return try await fixture.catalog.snapshots(filter).map(\.id)
            }
            #expect(try await found(["a.b/c": "1"]) == ["with"])
            #expect(try await found(["a.b/c": "1", "x": "y"]) == ["with"])
            #expect(try await found(["a.b/c": "1", "x": "z"]) == [])
            #expect(try await found([:]) == ["without", "with"])
        }
    }
}

extension CatalogFixture {
    fileprivate func addEndedRun(_ id: String) async throws {
        var run = RunRecord(
            id: id, scope: Self.scope, workspace: "w", ingest: nil, revision: nil,
            created: Timestamp(seconds: 1))
        run.ended = Timestamp(seconds: 2)
        try await catalog.addRun(run, steps: [])
    }

    /// Everything is old enough by now, unless it has to be `orphaned` for longer.
    fileprivate func dropResults(
        before: Timestamp = Timestamp(seconds: 1_000_000),
        orphaned: Timestamp = Timestamp(seconds: 1_000_000), users: [String: String] = [:]
    ) async throws -> Int {
        try await catalog.dropResults(before: before, orphaned: orphaned, users: { users })
    }
}
