import Catalog
import Layers
import Linux
import Model
import Testing

@testable import Engine

@Suite struct `Squashed versions of volumes` {
    private static let fileBytes = 64 << 10

    private func name(_ text: String) throws -> VolumeName {
        VolumeName(scope: Scope(owner: 0), workspace: nil, name: try ResourceName(text, kind: "volume"))
    }

    private func open(_ body: (Engine) async throws -> Void) async throws {
        try await EngineFixture.open { fixture in
            // Rounds are this suite's own.
            await fixture.engine.upkeep.close()
            await fixture.engine.squashing.close()
            try await body(fixture.engine)
        }
    }

    /// Versions with a layer more each, and in it a file more; the layers of the last.
    private func addVersions(
        _ count: Int, of name: VolumeName, to engine: Engine
    ) async throws -> [LayerID] {
        var layers: [LayerID] = []
        for number in 1...count {
            let layer = try await engine.numbers.next()
            let size = try Self.make(layer, withFile: "f\(number)", in: engine.layers)
            layers.append(layer)
            let version = VolumeVersion(
                id: SnapshotID.next(), key: nil, targets: [EntryPath(unchecked: Array("cache".utf8))],
                over: .image, layers: layers, bytes: 0, entries: 0, maker: nil, created: engine.now())
            try await engine.catalog.addVersion(
                NewVolumeVersion(
                    name: name, version: version,
                    layers: [
                        .init(
                            layer: NewLayer(layer, .volume, size),
                            facts: VolumeFacts(signatures: nil, facts: [[]]))
                    ]))
        }
        return layers
    }

    private static func make(
        _ id: LayerID, withFile name: String, in store: LayerStore
    ) throws -> LayerSize {
        let builder = try LayerBuilder(id, in: store)
        try builder.root.directory.createDirectory("0")
        let file = try builder.root.directory.openDirectory("0").createFile(name)
        try file.writeAll([UInt8](repeating: 1, count: fileBytes))
        let layer = try builder.commit()
        // What is written is allocated for good only then.
        try store.synchronize()
        return try store.size(of: layer)
    }

    @Test func `count what is in them, also when the versions before them have gone`() async throws {
        try await open { engine in
            let name = try name("v")
            _ = try await addVersions(26, of: name, to: engine)
            await engine.squashVersions()
            let versions = try await engine.volume(name).versions
            let newest = try #require(versions.first)
            #expect(newest.layers.count <= 3)
            for version in versions.dropFirst() {
                try await engine.removeVolume(name, version: version.id)
            }
            try await engine.dropUnreferencedLayers()
            var bytes: Int64 = 0
            for layer in newest.layers { bytes += try engine.layers.size(of: layer).bytes }
            let counted = try await engine.volume(name).bytes
            #expect(counted == bytes && counted >= Int64(26 * Self.fileBytes))
            #expect(try await engine.catalog.layerBytes()[.volume] == bytes)
        }
    }

    @Test func `are not held up by one that can't be squashed`() async throws {
        try await open { engine in
            let (whole, damaged) = (try name("whole"), try name("damaged"))
            _ = try await addVersions(26, of: whole, to: engine)
            let lost = try await addVersions(25, of: damaged, to: engine)
            try engine.layers.remove(lost[3])
            await engine.squashVersions()
            let versions = try await engine.volume(whole).versions
            #expect(versions.allSatisfy { $0.layers.count <= 24 })
            #expect(try await engine.volume(damaged).versions.first?.layers == lost)
        }
    }
}
