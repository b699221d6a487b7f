import GRDB
import Model
import Testing

@testable import Catalog

@Suite struct `Fingerprints of layers` {
    @Test func `are asked for of durable layers until they are there`() async throws {
        try await CatalogFixture.open { fixture in
            let catalog = fixture.catalog
            let image = try await fixture.addImage()
            for layer in 2...5 {
                try await fixture.add(
                    try fixture.snapshot("s\(layer)", on: image, layer: Int64(layer)), nil)
            }
            #expect(try await catalog.layersWithoutFingerprint(after: nil, limit: 9) == [])
            try await catalog.markDurable([2, 3, 5].map { LayerID($0) })
            #expect(
                try await catalog.layersWithoutFingerprint(after: nil, limit: 2) == [LayerID(2), LayerID(3)])
            #expect(try await catalog.layersWithoutFingerprint(after: LayerID(3), limit: 2) == [LayerID(5)])
            let digest = CatalogFixture.digest("tree")
            // One of them is gone by now.
            try await catalog.save(fingerprints: [LayerID(2): digest, LayerID(77): digest])
            #expect(
                try await catalog.layersWithoutFingerprint(after: nil, limit: 9) == [LayerID(3), LayerID(5)])
            let layers = try CatalogExamination(of: fixture.path, records: nil).layers
            #expect(layers[LayerID(2)]?.fingerprint == digest)
            #expect(layers[LayerID(3)] != nil && layers[LayerID(3)]?.fingerprint == nil)
            #expect(layers[LayerID(77)] == nil)
        }
    }

    @Test func `with a flipped byte are damage of the catalog's, not of the layer`() async throws {
        try await CatalogFixture.open { fixture in
            let image = try await fixture.addImage()
            try await fixture.add(try fixture.snapshot("a", on: image, layer: 2), nil)
            let digest = CatalogFixture.digest("tree")
            let digit = digest.hex.hasPrefix("0") ? "1" : "0"
            for change in ["replace(fingerprint, '-', 'x')", "'\(digit)' || substr(fingerprint, 2)", "'?'"] {
                try await fixture.catalog.save(fingerprints: [LayerID(2): digest])
                #expect(try CatalogExamination(of: fixture.path, records: nil).problems == [])
                try await fixture.catalog.database.write { database in
                    try database.execute(sql: "UPDATE layer SET fingerprint = \(change) WHERE number = 2")
                }
                let found = try CatalogExamination(of: fixture.path, records: nil)
                #expect(found.problems == ["the fingerprint of layer 2 is damaged"], "\(change)")
                #expect(found.layers[LayerID(2)]?.fingerprint == nil)
            }
        }
    }
}
