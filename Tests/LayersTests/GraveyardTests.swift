import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct GraveyardTests {
    private func bigTree(_ fixture: LayersFixture) throws -> LayerReference {
        try fixture.layer { root in
            for outer in 0..<5 {
                try root.makeDirectory("d\(outer)")
                for inner in 0..<40 { try root.write("d\(outer)/f\(inner)", "") }
                try root.makeDirectory("d\(outer)/e")
                try root.write("d\(outer)/e/x", "")
            }
        }
    }

    @Test func `a removed layer is gone at once, and deleted in slices of bounded work`() throws {
        let fixture = try LayersFixture()
        let layer = try bigTree(fixture)
        let other = try fixture.layer { try $0.write("stays", "") }
        try fixture.store.remove(layer.id)
        #expect(try !fixture.store.contains(layer.id))
        try fixture.store.remove(layer.id)
        var slices = 0
        while true {
            let slice = try fixture.store.graveyard.collect(atMost: 10)
            #expect(slice.handled <= 10)
            #expect(slice.obstacles.isEmpty)
            slices += 1
            if !slice.hasMore { break }
        }
        #expect(slices > 20)
        #expect(try fixture.directory("dead").isEmpty())
        #expect(try fixture.listing([other]).paths == ["stays"])
    }

    @Test func `a very deep tree is no obstacle, and links are not followed`() throws {
        let fixture = try LayersFixture()
        let outside = try fixture.scratch("outside")
        try outside.write("precious", "")
        let layer = try fixture.layer { root in
            try root.symlink(fixture.path + "/outside", "link")
            var current = try root.reopened()
            for _ in 0..<3000 {
                try current.createDirectory("n")
                current = try current.openDirectory("n")
            }
            try root.chmod("n", 0)
        }
        try fixture.store.remove(layer.id)
        while try fixture.store.graveyard.collect(atMost: 1000).hasMore {}
        #expect(try fixture.directory("dead").isEmpty())
        #expect(try outside.exists("precious"))
    }

    @Test func `a mount in a dead directory is reported, not entered, and the rest is deleted`() throws {
        let fixture = try LayersFixture()
        let precious = try fixture.scratch("precious")
        try precious.write("file", "")
        let layer = try fixture.layer { root in
            try root.makeDirectory("mounted")
            try root.write("file", "")
        }
        let other = try bigTree(fixture)
        try fixture.store.remove(layer.id)
        try fixture.store.remove(other.id)
        let mount = try DetachedMount.clone(of: precious.descriptor)
            .attach(at: "\(fixture.path)/dead/\(layer.id)/mounted")
        var obstacles: [Failure] = []
        while true {
            let slice = try fixture.store.graveyard.collect(atMost: 1000)
            obstacles += slice.obstacles
            if !slice.hasMore { break }
        }
        #expect(obstacles.count == 1)
        #expect(try precious.exists("file"))
        #expect(try fixture.directory("dead").entryNames().count == 1)
        switch try mount.unmount() {
        case .done: break
        case .busy: Issue.record("the mount is busy")
        }
        while try fixture.store.graveyard.collect(atMost: 1000).hasMore {}
        #expect(try fixture.directory("dead").entryNames().isEmpty)
    }
}

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
