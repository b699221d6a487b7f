import Catalog
import Model
import Testing

@Suite struct SquashedChainTests {
    /// a ← b ← c, with the layers 10, 11 and 12, on the image's layer 1.
    private func withChain(_ body: (CatalogFixture, Image) async throws -> Void) async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            for (index, (id, parent)) in [("a", nil), ("b", "a"), ("c", "b")].enumerated() {
                try await fixture.add(
                    try fixture.snapshot(id, on: image, parent: parent, layer: Int64(index + 10)), nil)
            }
            try await body(fixture, image)
        }
    }

    private func layers(_ numbers: Int64...) -> [LayerID] { numbers.map(LayerID.init) }

    private func chain(_ id: String, _ fixture: CatalogFixture) async throws -> [LayerID]? {
        try await fixture.catalog.snapshot(id)?.systemLayers
    }

    private func squashB(_ fixture: CatalogFixture, from old: [LayerID]) async throws -> Bool {
        try await fixture.catalog.squash(
            .system, of: "b", old,
            into: [20, 21].map { NewLayer(id: LayerID($0), kind: .squash, bytes: 7, entries: 1) })
    }

    @Test func `what stands on a squashed snapshot stands on the squashed layers, nothing else changes`()
        async throws
    {
        try await withChain { fixture, image in
            #expect(try await squashB(fixture, from: layers(10, 11)))
            #expect(try await chain("a", fixture) == layers(10))
            #expect(try await chain("b", fixture) == layers(20, 21))
            #expect(try await chain("c", fixture) == layers(20, 21, 12))
            // A step that began before the squash commits with what its parent had then.
            try await fixture.add(try fixture.snapshot("d", on: image, parent: "c", layer: 13), nil)
            #expect(try await chain("d", fixture) == layers(20, 21, 12, 13))
            #expect(try await fixture.catalog.snapshots(deeperThan: 2, limit: 9) == ["c", "d"])
        }
    }

    @Test func `a chain that has changed meanwhile is left alone, and nothing is kept of the try`()
        async throws
    {
        try await withChain { fixture, _ in
            let isTaken = try await squashB(fixture, from: layers(10))
            #expect(!isTaken)
            #expect(try await chain("c", fixture) == layers(10, 11, 12))
            #expect(try await fixture.catalog.layerNumbers() == Set(layers(1, 10, 11, 12)))
        }
    }

    @Test func `squashed layers live as long as their snapshot, and the chain's as long as theirs`()
        async throws
    {
        try await withChain { fixture, _ in
            #expect(try await squashB(fixture, from: layers(10, 11)))
            #expect(try await fixture.catalog.dropUnreferencedLayers(except: { [] }) == [])
            _ = try await fixture.catalog.removeSnapshot("c", recursive: false, users: { [:] })
            #expect(try await fixture.catalog.dropUnreferencedLayers(except: { [] }) == layers(12))
            let sizes = try await fixture.catalog.sizes(of: "b")
            #expect(sizes.own == 114 && sizes.shared == 110)
            _ = try await fixture.catalog.removeSnapshot("b", recursive: false, users: { [:] })
            #expect(
                Set(try await fixture.catalog.dropUnreferencedLayers(except: { [] }))
                    == Set(layers(11, 20, 21)))
        }
    }

    @Test func `a lost squashed layer costs no snapshot, and a power cut takes none that is named`()
        async throws
    {
        try await withChain { fixture, _ in
            #expect(try await squashB(fixture, from: layers(10, 11)))
            #expect(Set(try await fixture.notDurable()) == Set(layers(1, 10, 11, 12)))
            let report = try await fixture.catalog.giveUp([LayerID(20)], entering: "boot")
            #expect(report.isEmpty)
            #expect(try await chain("b", fixture) == layers(10, 11))
            #expect(try await chain("c", fixture) == layers(10, 11, 12))
            #expect(try await fixture.catalog.dropUnreferencedLayers(except: { [] }) == layers(21))
        }
    }
}
