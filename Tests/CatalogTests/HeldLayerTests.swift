import Catalog
import Model
import Synchronization
import Testing

@Suite struct `A layer that nothing refers to` {
    @Test func `is told to be there or not as if after every drop under way`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            try await fixture.add(try fixture.snapshot("a", on: image, layer: 2), nil)
            _ = try await fixture.catalog.removeSnapshot("a", recursive: false, users: { [:] })
            let (catalog, layer) = (fixture.catalog, LayerID(2))
            let late = Mutex<Task<Bool, any Error>?>(nil)
            // Whoever looks after the holds were read can't hold the layer any more.
            let dropped = try await catalog.dropUnreferencedLayers {
                late.withLock { $0 = Task { try await catalog.hasLayers([layer]) } }
                return []
            }
            #expect(dropped == [layer])
            let isThere = try await late.withLock { $0 }?.value
            #expect(isThere == false)
            #expect(try await catalog.hasLayers([LayerID(1)]))
        }
    }
}

@Suite struct `A lease that is put on record` {
    private func lease(on ingest: Int64?) throws -> Lease {
        let key = try #require(StepKey("step"))
        let step = LeasedStep(
            active: LayerID(1), key: key, identity: CatalogFixture.identity(),
            image: CatalogFixture.digest("image"), parent: nil, revision: nil, ingest: ingest,
            reason: MissReason(.policyNone, ""), mayAdopt: false, diskLimit: nil, volumes: [],
            beginning: VolumeReport())
        return Lease(
            id: "l", scope: CatalogFixture.scope, holder: LeaseHolder(uid: 0, gid: 0), subject: .step(step),
            layers: LeasedLayers(
                system: [], deltas: [], revision: [], owner: .root, workspace: .readWrite),
            workspaceTarget: .usualWorkspace, created: Timestamp(seconds: 1), expires: Timestamp(seconds: 2),
            boot: "b")
    }

    @Test func `is refused where its revision was removed meanwhile`() async throws {
        try await CatalogFixture.open { fixture in
            let catalog = fixture.catalog
            let workspace = try await catalog.workspace(
                try ResourceName("w", kind: "workspace"), in: CatalogFixture.scope)
            let ingest = try await catalog.addIngest(
                Ingest(
                    number: 0, workspace: workspace, revision: CatalogFixture.digest("revision"), layers: [],
                    ingested: Timestamp(seconds: 5), files: 1, bytes: 1), new: [])
            try await catalog.removeWorkspace(workspace)
            let failure = #expect(throws: Failure.self) { _ = try catalog.add(try lease(on: ingest.number)) }
            #expect(failure?.code == .revisionGone)
            #expect(try catalog.add(try lease(on: nil)))
        }
    }
}

@Suite struct `A stub layer that two have made` {
    @Test func `is that of the first for both`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage().digest
            func add(_ number: Int64) async throws -> LayerID? {
                try await fixture.catalog.addStub(
                    image: image, mountPoints: "proc",
                    layer: NewLayer(id: LayerID(number), kind: .stub, bytes: 0, entries: 1)
                ).layer
            }
            #expect(try await add(7) == LayerID(7))
            #expect(try await add(8) == LayerID(7))
            #expect(try await fixture.catalog.layerEntries([LayerID(8)]).isEmpty)
        }
    }
}
