import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct `A layer's fingerprint` {
    private struct Change: CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (borrowing Directory) throws -> Void

        init(_ description: String, _ make: @escaping @Sendable (borrowing Directory) throws -> Void) {
            testDescription = description
            self.make = make
        }
    }

    private func layer(in fixture: LayersFixture) throws -> LayerID {
        try fixture.layer { root in
            try root.write("a", "text")
            // On older kernels two writes in a row may have the same time.
            try root.setModified("a", 1_000_000_007)
            try root.createDirectory("d")
            try root.write("d/b", "more")
            try root.createLink("link", target: "a")
            try root.createWhiteout("gone")
        }.id
    }

    private static let changes = [
        Change("content of the same size") { try $0.write("a", "TEXT") },
        Change("more content") { try $0.append("d/b", "!") },
        Change("a mode") { try $0.setMode("a", 0o755) },
        Change("a setuid bit") { try $0.setMode("a", 0o4644) },
        Change("an owner") { try $0.setOwner("d", uid: 7, gid: 0) },
        Change("a group") { try $0.setOwner("link", uid: 0, gid: 7) },
        Change("a time") { try $0.setModified("a", 1) },
        Change("a name") { try $0.rename("a", as: "A") },
        Change("the names of two, exchanged") { try $0.rename("a", as: "link", .exchange) },
        Change("a place") { try $0.rename("a", to: try $0.openDirectory("d"), as: "a") },
        Change("a kind") {
            try $0.remove("gone")
            try $0.createNode("gone", kind: .characterDevice, mode: 0, device: .init(major: 1, minor: 3))
        },
        Change("an entry more") { try $0.write("d/new", "") },
        Change("an entry less") { try $0.remove("link") },
        Change("the root's mode") { try $0.descriptor.setMode(0o700) },
    ]

    @Test(arguments: changes) private func `tells of a change`(_ change: Change) throws {
        let fixture = try LayersFixture()
        let layer = try layer(in: fixture)
        let before = try #require(try fixture.store.fingerprint(of: layer))
        #expect(before.entries == 5)
        try change.make(try fixture.directory("layers/\(layer)"))
        #expect(try fixture.store.fingerprint(of: layer)?.digest != before.digest)
    }

    @Test func `is the same after the layer was read, linked from another, moved away and back`() throws {
        let fixture = try LayersFixture()
        let layer = try layer(in: fixture)
        let before = try fixture.store.fingerprint(of: layer)
        #expect(try fixture.listing([LayerReference(layer)]).paths.count == 4)
        let upper = try fixture.layer { try $0.write("d2", "") }
        _ = try fixture.store.squash([upper.id, layer], over: [], as: fixture.number())
        #expect(try fixture.directory("layers/\(layer)").status("a").links > 1)
        let layers = try fixture.directory("layers")
        try layers.rename(layer.description, to: try fixture.directory("aside"), as: "x")
        try fixture.directory("aside").rename("x", to: layers, as: layer.description)
        #expect(try fixture.store.fingerprint(of: layer) == before)
    }

    @Test func `is none of a walk that was stopped`() throws {
        let fixture = try LayersFixture()
        let layer = try layer(in: fixture)
        #expect(try fixture.store.fingerprint(of: layer, until: { true }) == nil)
    }
}
