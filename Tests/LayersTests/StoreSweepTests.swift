import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct StoreSweepTests {
    @Test
    func
        `what the catalog does not claim is taken away, what it never knew is set aside, what is foreign stays`()
        throws
    {
        let fixture = try LayersFixture()
        let kept = try fixture.layer { try $0.write("kept", "") }
        let unknown = try fixture.layer { try $0.write("unknown", "") }
        let missing = fixture.number()
        let held = fixture.number()
        let begun = fixture.number()
        let active = try fixture.directory("active")
        try active.createDirectory(held.description)
        try active.createDirectory(begun.description)
        let layers = try fixture.directory("layers")
        try layers.write("notes.txt", "somebody's")
        try layers.write("77", "a file, no layer")
        try layers.createDirectory("007")
        try layers.createDirectory("5000")
        try active.createDirectory("5000")
        let content = CatalogContent(
            layers: [kept.id: .init(isDurable: true), missing: .init(isDurable: true)],
            nextLayer: LayerID(4000))
        let host = HostState(boot: "boot", now: Timestamp(seconds: 1), writing: [held])
        let plan = RecoveryPlan(content, try fixture.store.listing(), host)
        #expect(plan.lost == [missing: .missing])
        #expect(plan.deadLayers == [unknown.id])
        #expect(plan.foreign == ["layers/007", "layers/77", "layers/notes.txt"])
        try fixture.store.carryOut(plan)
        #expect(try layers.exists("notes.txt"))
        #expect(try active.entryNames() == [Array(held.description.utf8)])
        #expect(try fixture.directory("dead").entryNames().count == 2)
        let aside = try fixture.directory("aside").entryNames().map { String(decoding: $0, as: UTF8.self) }
        #expect(aside.sorted() == ["active-5000", "layers-5000"])
        #expect(try fixture.listing([kept]).paths == ["kept"])
        try layers.createDirectory("5000")
        try fixture.store.carryOut(RecoveryPlan(content, try fixture.store.listing(), host))
        #expect(try fixture.directory("aside").entryNames().count == 3, "a second one replaces the first")
        #expect(try fixture.store.listing().layers == [kept.id])
    }

    @Test func `a store opened anew shows the same layers`() throws {
        let fixture = try LayersFixture()
        let layer = try fixture.layer { try $0.write("a", "text") }
        let again = try LayerStore(in: Directory(opening: fixture.path), mounter: fixture.mounter)
        #expect(try TreeListing(of: again.view(of: [layer]).root.directory) == fixture.listing([layer]))
        #expect(try again.size(of: layer.id).entries == 1)
        for name in ["layers", "active", "dead"] {
            #expect(try fixture.directory(name).status().mode == 0o700)
        }
    }
}
