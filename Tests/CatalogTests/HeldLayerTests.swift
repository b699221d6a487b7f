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
