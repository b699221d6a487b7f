import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

/// Layers on real overlay mounts against the same operations in a plain directory.
@Suite struct ConformanceTests {
    /// Runs random steps one on the other; after each, and at the end again for each, the view of the layers
    /// equals what a plain directory had then.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `random steps outside a workspace leave what a plain directory has`(seed: UInt64) throws {
        let fixture = try LayersFixture()
        let flat = try fixture.scratch("flat")
        var history = RandomHistory(seed: seed)
        var layers: [LayerReference] = []
        var views: [(layers: [LayerReference], listing: TreeListing)] = []
        var clock: Int64 = 10_000
        for _ in 0..<14 {
            let committed = try fixture.systemStep(on: layers) { root in
                try run(&history, on: flat, and: root, &clock)
            }
            layers = committed.above(layers)
            views.append((layers, try TreeListing(of: flat).without(links: true)))
            try expectEqual(fixture, views[views.count - 1])
        }
        for view in views { try expectEqual(fixture, view) }
    }

    @Test(arguments: 11...16 as ClosedRange<UInt64>)
    func `random steps in a workspace leave what a plain directory has`(seed: UInt64) throws {
        let fixture = try LayersFixture()
        let flat = try fixture.scratch("flat")
        var history = RandomHistory(seed: seed)
        let source = SourceTree([
            "a": .directory(["b": .file("text"), "c": .link("b"), "d": .directory(["e": .file("deep")])]),
            "b": .file("top"), "e": .directory([:]), "f": .file("", mode: 0o755),
        ])
        try source.write(to: flat)
        let revision = try fixture.layer(source)
        var layers = [revision]
        var clock: Int64 = 10_000
        for _ in 0..<14 {
            let committed = try fixture.workspaceStep(on: layers, revision: source.manifest) { root in
                try run(&history, on: flat, and: root, &clock)
                // What changes nothing is dropped again, and nobody sees that either.
                let tree = try TreeSketch(of: root)
                for path in tree.singleFiles + tree.directories {
                    if let mode = tree.modes[path] { try root.chmod(path, mode) }
                }
            }
            layers = committed.deltaAbove(layers)
            try expectEqual(fixture, (layers, try TreeListing(of: flat).without(links: true)))
        }
    }

    private func run(
        _ history: inout RandomHistory, on flat: borrowing Directory, and root: borrowing Directory,
        _ clock: inout Int64
    ) throws {
        for _ in 0..<14 {
            guard let operation = history.operation(in: try TreeSketch(of: flat)) else { continue }
            clock += 1
            try operation.apply(to: flat, seconds: clock)
            try operation.apply(to: root, seconds: clock)
        }
    }

    private func expectEqual(
        _ fixture: LayersFixture, _ view: (layers: [LayerReference], listing: TreeListing)
    ) throws {
        let seen = try fixture.listing(view.layers).without(links: true)
        #expect(seen.differences(from: view.listing) == [])
    }

    @Test func `a directory removed and made again stays empty of the old through three further layers`()
        throws
    {
        let fixture = try LayersFixture()
        var layers = [
            try fixture.layer { root in
                try root.makeDirectory("d")
                try root.write("d/old", "old")
            }
        ]
        layers = try fixture.systemStep(on: layers) { root in
            try root.delete("d")
            try root.makeDirectory("d")
        }.above(layers)
        for index in 0..<3 {
            layers = try fixture.systemStep(on: layers) { try $0.write("d/new\(index)", "") }.above(layers)
            #expect(try fixture.listing(layers).paths == ["d"] + (0...index).map { "d/new\($0)" })
        }
    }

    @Test func `a deleted file stays deleted through an empty layer`() throws {
        let fixture = try LayersFixture()
        let image = try fixture.layer { root in
            try root.write("gone", "")
            try root.write("kept", "")
        }
        let deleting = try fixture.systemStep(on: [image]) { try $0.delete("gone") }
        let layers = [try fixture.layer { _ in }] + deleting.above([image])
        #expect(try fixture.listing(layers).paths == ["kept"])
        let after = try fixture.systemStep(on: layers) { try $0.write("new", "") }
        #expect(try fixture.listing(after.above(layers)).paths == ["kept", "new"])
    }

    @Test func `a deleted name comes back as something else, and as nothing`() throws {
        let fixture = try LayersFixture()
        var layers = [try fixture.layer { try $0.write("n", "file") }]
        let steps: [(borrowing Directory) throws -> Void] = [
            { try $0.delete("n") }, { try $0.makeDirectory("n") }, { try $0.write("n/in", "in") },
            { try $0.delete("n") }, { try $0.symlink("in", "n") },
        ]
        let expected: [[String]] = [[], ["n"], ["n", "n/in"], [], ["n"]]
        for (step, paths) in zip(steps, expected) {
            layers = try fixture.systemStep(on: layers, step).above(layers)
            #expect(try fixture.listing(layers).paths == paths)
        }
    }

    @Test func `two steps on one parent see nothing of each other, and the parent stays as it is`() throws {
        let fixture = try LayersFixture()
        let parent = [try fixture.layer { try $0.write("f", "parent") }]
        let before = try fixture.listing(parent)
        var first = try PreparedStep(
            fixture.number(), on: StepLayers(system: parent, workspace: .none), in: fixture.store
        ).mount()
        var second = try PreparedStep(
            fixture.number(), on: StepLayers(system: parent, workspace: .none), in: fixture.store
        ).mount()
        if let mounts = first.takeMounts(), let others = second.takeMounts() {
            let (one, two) = (
                SharedDirectory(try mounts.systemDirectory()), SharedDirectory(try others.systemDirectory())
            )
            try one.directory.write("f", "first")
            try two.directory.append("f", " and second")
            #expect(try one.directory.read("f") == "first")
            #expect(try two.directory.read("f") == "parent and second")
        }
        #expect(try fixture.listing(parent) == before)
    }

    @Test func `a chain of 128 layers shows every change`() throws {
        let fixture = try LayersFixture()
        var layers: [LayerReference] = []
        for index in 0..<128 {
            layers = try fixture.systemStep(on: layers) { root in
                try root.write("changed", "\(index)")
                try root.write("added\(index)", "")
                if index > 0 { try root.delete("again") }
                try root.makeDirectory("again")
                try root.write("again/\(index)", "")
            }.above(layers)
        }
        let listing = try fixture.listing(layers)
        #expect(listing.text("changed") == "127")
        #expect(listing.paths.count == 128 + 3)
        #expect(listing.paths.contains("again/127"))
    }
}
