import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct StubLayerTests {
    private let points = MountPoint.standard + [MountPoint(path("workspace"), .directory)]

    private func image(_ fixture: LayersFixture, _ fill: (borrowing Directory) throws -> Void) throws
        -> [LayerReference]
    {
        let upper = try fixture.layer { root in
            try fill(root)
            try root.descriptor.setMode(0o711)
            try root.touch("", seconds: 5)
        }
        return [upper, try fixture.layer { try $0.write("bottom", "") }]
    }

    @Test func `missing mount points are there, and nothing else looks different`() throws {
        let fixture = try LayersFixture()
        let image = try image(fixture) { root in
            try root.makeDirectory("etc")
            try root.write("etc/hosts", "image's")
            try root.chmod("etc", 0o2751)
            try root.chown("etc", 7, 8)
            try root.setAttribute("etc", "user.mark", "1")
            try root.touch("etc", seconds: 6)
            try root.makeDirectory("proc")
        }
        let before = try fixture.listing(image)
        let stub = try StubLayer.make(fixture.number(), for: points, over: image, in: fixture.store)
        let layer = try #require(stub.layer)
        var after = try fixture.listing([LayerReference(layer)] + image)
        let made = ["dev", "etc/hostname", "etc/resolv.conf", "sys", "workspace"]
        #expect(after.paths.filter { !before.paths.contains($0) } == made)
        #expect(after.entries["workspace"]?.mode == 0o755)
        #expect(after.entries["etc/hostname"]?.kind == .file)
        #expect(after.entries["etc/hostname"]?.content == [])
        for path in made { after.remove(path) }
        #expect(after.differences(from: before) == [])
        #expect(stub.places[points[0]] == path("proc"))
    }

    @Test func `an image that has all of them needs no layer`() throws {
        let fixture = try LayersFixture()
        let image = try image(fixture) { root in
            for name in ["proc", "sys", "dev", "etc", "workspace"] { try root.makeDirectory(name) }
            for name in ["resolv.conf", "hosts", "hostname"] { try root.write("etc/\(name)", "") }
        }
        let number = fixture.number()
        #expect(try StubLayer.make(number, for: points, over: image, in: fixture.store).layer == nil)
        #expect(try !fixture.store.contains(number))
    }

    @Test func `a link in the place of a file becomes an empty file, wherever it led`() throws {
        let fixture = try LayersFixture()
        let image = try image(fixture) { root in
            try root.makeDirectory("etc")
            try root.symlink("/etc/shadow", "etc/resolv.conf")
            try root.symlink("../run/nowhere", "etc/hostname")
        }
        let stub = try StubLayer.make(fixture.number(), for: points, over: image, in: fixture.store)
        let view = try fixture.listing([LayerReference(try #require(stub.layer))] + image)
        for name in ["etc/resolv.conf", "etc/hostname"] {
            #expect(view.entries[name]?.kind == .file)
            #expect(view.entries[name]?.content == [])
        }
    }

    @Test func `links on the way to a mount point are followed within the image`() throws {
        let fixture = try LayersFixture()
        let image = try image(fixture) { root in
            try root.makeDirectory("real")
            try root.symlink("/real", "absolute")
            try root.symlink("../../../real", "upwards")
            try root.symlink("real/sub/../other", "around")
        }
        let points = [
            MountPoint(path("absolute/one"), .directory), MountPoint(path("upwards/two"), .file),
            MountPoint(path("around"), .directory),
        ]
        let stub = try StubLayer.make(fixture.number(), for: points, over: image, in: fixture.store)
        #expect(
            points.map { stub.places[$0] } == [path("real/one"), path("real/two"), path("real/other")])
        let view = try fixture.listing([LayerReference(try #require(stub.layer))] + image)
        #expect(view.entries["real/one"]?.kind == .directory)
        #expect(view.entries["real/two"]?.kind == .file)
        #expect(view.entries["real/other"]?.kind == .directory)
        #expect(view.entries["absolute"]?.kind == .link)
    }

    @Test func `something else in the place of a mount point, or links in a circle, are an invalid image`()
        throws
    {
        let fixture = try LayersFixture()
        let image = try image(fixture) { root in
            try root.write("file", "")
            try root.makeDirectory("directory")
            try root.symlink("other", "one")
            try root.symlink("one", "other")
        }
        let wrong = [
            MountPoint(path("file"), .directory), MountPoint(path("file/below"), .directory),
            MountPoint(path("directory"), .file), MountPoint(path("one"), .directory),
            MountPoint(path("one/below"), .file),
        ]
        for point in wrong {
            let code = failureCode {
                _ = try StubLayer.make(fixture.number(), for: [point], over: image, in: fixture.store)
            }
            #expect(code == .imageInvalid, "\(point)")
        }
    }

    @Test func `nested targets are made with all on the way, those inside a mount point are not`() throws {
        let fixture = try LayersFixture()
        let image = try image(fixture) { try $0.write("f", "") }
        let points = [
            MountPoint(path("a/b/c"), .directory), MountPoint(path("a/b/c/d"), .directory),
            MountPoint(path("dev"), .directory), MountPoint(path("dev/shm"), .directory),
        ]
        let stub = try StubLayer.make(fixture.number(), for: points, over: image, in: fixture.store)
        let layer = try fixture.store.layer(try #require(stub.layer))
        #expect(try TreeListing(of: layer.directory).paths == ["a", "a/b", "a/b/c", "dev"])
    }

    @Test func `what a runtime leaves at mount points is no part of a snapshot`() throws {
        let fixture = try LayersFixture()
        let image = try image(fixture) { root in
            try root.makeDirectory("etc")
            try root.touch("etc", seconds: 3)
        }
        let before = try fixture.listing(image)
        let points = [path("proc"), path("etc/hosts"), path("a/b"), path("kept/m"), path("full")]
        let committed = try fixture.step(
            on: StepLayers(system: image, workspace: .none), mountPoints: points
        ) { root, _ in
            for name in ["proc", "a", "a/b", "kept", "kept/m", "full"] { try root.makeDirectory(name) }
            try root.write("etc/hosts", "")
            try root.write("kept/other", "step's")
            try root.write("full/data", "somebody's")
        }
        let layer = try #require(committed.system)
        #expect(
            try TreeListing(of: fixture.store.layer(layer.layer).directory).paths
                == ["full", "full/data", "kept", "kept/other"])
        let nothing = try fixture.step(
            on: StepLayers(system: image, workspace: .none), mountPoints: points
        ) { root, _ in
            for name in ["proc", "a", "a/b"] { try root.makeDirectory(name) }
            try root.write("etc/hosts", "")
        }
        #expect(nothing.system == nil)
        #expect(try fixture.listing(image) == before)
    }
}
