import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct StepStateTests {
    @Test func `what a step writes becomes two layers, and its directory is gone from active`() throws {
        let fixture = try LayersFixture()
        let source = SourceTree(["a.txt": .file("a")])
        let image = try fixture.layer { try $0.write("etc", "image") }
        let revision = try fixture.layer(source)
        let committed = try fixture.step(
            on: StepLayers(system: [image], workspace: .readWrite([revision])), revision: source.manifest
        ) { system, workspace in
            try system.write("tool", "installed")
            try workspace?.write("out", "built")
        }
        #expect(try fixture.listing(committed.above([image])).paths == ["etc", "tool"])
        #expect(try fixture.listing(committed.deltaAbove([revision])).paths == ["a.txt", "out"])
        #expect(committed.system?.size.entries == 1)
        #expect(committed.workspace?.size.entries == 1)
        #expect(try fixture.directory("active").isEmpty())
        #expect(try fixture.directory("layers").entryNames().count == 4)
    }

    @Test func `a step that writes nothing leaves no layers`() throws {
        let fixture = try LayersFixture()
        let source = SourceTree(["a.txt": .file("a")])
        let image = try fixture.layer { try $0.write("etc", "image") }
        let revision = try fixture.layer(source)
        let committed = try fixture.step(
            on: StepLayers(system: [image], workspace: .readWrite([revision])), revision: source.manifest
        ) { system, workspace in
            try system.write("temporary", "")
            try system.delete("temporary")
            _ = try workspace?.read("a.txt")
        }
        #expect(committed.system == nil)
        #expect(committed.workspace == nil)
        #expect(committed.facts.facts == [DeltaRule.rootFact(of: source.manifest)])
    }

    @Test func `a changed root is a layer though there is nothing in it`() throws {
        let fixture = try LayersFixture()
        let source = SourceTree()
        let revision = try fixture.layer(source)
        let committed = try fixture.workspaceStep(on: [revision], revision: source.manifest) {
            try $0.descriptor.setMode(0o700)
        }
        #expect(committed.workspace?.size.entries == 0)
        #expect(try fixture.listing(committed.deltaAbove([revision])).entries[""]?.mode == 0o700)
    }

    @Test func `a fresh upper root looks like the view below`() throws {
        let fixture = try LayersFixture()
        var source = SourceTree()
        source.mode = 0o2775
        let revision = try fixture.layer(source, owner: OwnerShift(uid: 1000, gid: 1001))
        let image = try fixture.layer { root in
            try root.descriptor.setAttribute("user.mark", to: [1])
            try root.descriptor.setMode(0o711)
            try root.touch("", seconds: 77)
        }
        let number = fixture.number()
        let layers = StepLayers(system: [image], workspace: .readWrite([revision]))
        let step = try PreparedStep(number, on: layers, in: fixture.store)
        let system = try fixture.directory("active/\(number)/system")
        let workspace = try fixture.directory("active/\(number)/workspace")
        #expect(try system.status().mode == 0o711)
        #expect(try system.status().modified == 77_000_000_000)
        #expect(try system.descriptor.attribute("user.mark") == [1])
        let status = try workspace.status()
        #expect(status.mode == 0o2775)
        #expect(status.modified == 1_000_000_000_000)
        #expect([status.uid, status.gid] == [1000, 1001])
        try step.discard()
    }

    @Test func `a revision's entries belong to the step's user, and keep that owner when written to`() throws
    {
        let fixture = try LayersFixture()
        let source = SourceTree(["d": .directory(["a.txt": .file("a")])])
        let revision = try fixture.layer(source, owner: OwnerShift(uid: 1000, gid: 1001))
        let committed = try fixture.workspaceStep(on: [revision], revision: source.manifest) {
            try $0.append("d/a.txt", "!")
        }
        let view = try fixture.listing(committed.deltaAbove([revision]))
        for path in ["", "d", "d/a.txt"] {
            #expect([view.entries[path]?.uid, view.entries[path]?.gid] == [1000, 1001])
        }
        #expect(view.text("d/a.txt") == "a!")
    }

    @Test func `a step given up in any state leaves nothing in active or layers`() throws {
        let fixture = try LayersFixture()
        let source = SourceTree(["a.txt": .file("a")])
        let revision = try fixture.layer(source)
        let layers = StepLayers(system: [], workspace: .readWrite([revision]))
        try PreparedStep(fixture.number(), on: layers, in: fixture.store).discard()
        do {
            // Dropped, not discarded.
            _ = try PreparedStep(fixture.number(), on: layers, in: fixture.store).mount()
        }
        try fixture.sealed(on: layers, revision: source.manifest) { system, _ in
            try system.write("x", "x")
        }.discard()
        #expect(throws: Errno.noSpace) {
            _ = try fixture.step(on: layers, revision: source.manifest) { _, _ in throw Errno.noSpace }
        }
        #expect(try fixture.directory("active").isEmpty())
        #expect(try fixture.directory("layers").entryNames().count == 1)
        #expect(try fixture.directory("dead").entryNames().count == 4)
    }

    @Test func `a read-only workspace can't be written to, and has the fact of its root`() throws {
        let fixture = try LayersFixture()
        let source = SourceTree(["a.txt": .file("a")])
        let revision = try fixture.layer(source)
        let layers = StepLayers(system: [], workspace: .readOnly([revision]))
        let committed = try fixture.step(on: layers, revision: source.manifest) { _, workspace in
            let text = try workspace?.read("a.txt")
            #expect(text == "a")
            let error = errno { try workspace?.write("b", "") }
            #expect(error == .readOnlyFileSystem)
        }
        #expect(committed.workspace == nil)
        #expect(committed.facts.facts == [DeltaRule.rootFact(of: source.manifest)])
    }

    @Test func `a view can't be written to`() throws {
        let fixture = try LayersFixture()
        let layer = try fixture.layer { try $0.write("a", "a") }
        for layers in [[], [layer], [try fixture.layer { try $0.write("b", "b") }, layer]] {
            let view = try fixture.store.view(of: layers)
            #expect(errno { try view.root.directory.write("new", "") } == .readOnlyFileSystem)
        }
    }

    @Test func `a number that is in use is refused`() throws {
        let fixture = try LayersFixture()
        let number = fixture.number()
        let first = try LayerBuilder(number, in: fixture.store)
        #expect(failureCode { _ = try LayerBuilder(number, in: fixture.store) } == .storeDamaged)
        _ = try first.commit()
        #expect(failureCode { _ = try LayerBuilder(number, in: fixture.store).commit() } == .storeDamaged)
    }

    @Test func `a missing layer is damage that is named`() throws {
        let fixture = try LayersFixture()
        let layer = try fixture.layer { try $0.write("a", "a") }
        #expect(try fixture.store.contains(layer.id))
        try fixture.directory("layers").removeTree(layer.id.description)
        #expect(try !fixture.store.contains(layer.id))
        let layers = StepLayers(system: [layer], workspace: .none)
        #expect(
            failureCode { _ = try PreparedStep(fixture.number(), on: layers, in: fixture.store) }
                == .snapshotDamaged)
    }
}
