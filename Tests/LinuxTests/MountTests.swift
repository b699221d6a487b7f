import Linux
import SystemPackage
import TestSupport
import Testing

@Suite struct MountTests {
    @Test func `a mount is there from attach to unmount, and ends without a trace`() throws {
        let fixture = try OverlayFixture()
        let target = try fixture.scratch.makeDirectory("m")
        let mount = try makeOverlay(fixture).attach(at: fixture.scratch.path("m"))
        #expect(mount.path == Array(fixture.scratch.path("m").utf8))
        #expect(try fixture.scratch.read("m/common") == "0")
        #expect(try MountTable.entries(below: mount.path).map(\.fileSystem) == ["overlay"])
        #expect(try goes(mount))
        #expect(try target.isEmpty())
        #expect(try MountTable.entries(below: Array(fixture.scratch.path.utf8)).isEmpty)
    }

    @Test func `a mount in use gives its handle back, and is not detached when that is dropped`()
        async throws
    {
        let fixture = try OverlayFixture()
        let target = try fixture.scratch.makeDirectory("m")
        let mount = try makeOverlay(fixture).attach(at: fixture.scratch.path("m"))
        let file = try Descriptor.openFile(fixture.scratch.path("m/common"), .readWrite)
        switch try mount.unmount() {
        case .done: Issue.record("unmounted though in use")
        case .busy(let mount): _ = consume mount
        }
        #expect(try fixture.scratch.read("m/common") == "0")
        try file.close()
        let path = Array(fixture.scratch.path("m").utf8)
        try await eventually("the sweep") { try MountTable.unmountAll(below: path).isEmpty }
        #expect(try target.isEmpty())
    }

    @Test func `a dropped mount that nobody uses is unmounted`() async throws {
        // A drop tries once, which another test's child may spoil.
        try await eventually("a drop that unmounts") {
            let fixture = try OverlayFixture()
            let target = try fixture.scratch.makeDirectory("m")
            do {
                let mount = try makeOverlay(fixture).attach(at: fixture.scratch.path("m"))
                #expect(try !MountTable.entries(below: mount.path).isEmpty)
            }
            return try target.isEmpty()
        }
    }

    @Test func `a mount somebody else took away counts as unmounted`() async throws {
        let fixture = try OverlayFixture()
        _ = try fixture.scratch.makeDirectory("m")
        let mount = try makeOverlay(fixture).attach(at: fixture.scratch.path("m"))
        let path = mount.path
        try await eventually("the sweep") { try MountTable.unmountAll(below: path).isEmpty }
        #expect(try goes(mount))
    }

    @Test func `what is mounted over a mount is not unmounted in its place`() throws {
        let fixture = try OverlayFixture()
        let target = try fixture.scratch.makeDirectory("m")
        let mount = try makeOverlay(fixture).attach(at: fixture.scratch.path("m"))
        let other = try fixture.makeLayer("other")
        let cover = try DetachedMount.clone(of: other.directory.descriptor).attach(
            at: fixture.scratch.path("m"))
        switch try mount.unmount() {
        case .done: Issue.record("unmounted though covered")
        case .busy(let mount):
            #expect(try fixture.scratch.read("m/common") == "other")
            #expect(try goes(cover))
            #expect(try goes(mount))
        }
        #expect(try target.isEmpty())
    }

    @Test func `a tree built detached appears and goes as one`() throws {
        let fixture = try OverlayFixture()
        let target = try fixture.scratch.makeDirectory("m")
        let mount = try makeTree(fixture).attach(at: fixture.scratch.path("m"))
        #expect(try fixture.scratch.read("m/workspace/file") == "inner")
        #expect(try MountTable.entries(below: mount.path).count == 2)
        #expect(try goes(mount))
        #expect(try target.isEmpty())
    }

    @Test(arguments: ["common", "workspace/file"])
    func `a tree in use anywhere stays whole`(used: String) throws {
        let fixture = try OverlayFixture()
        let target = try fixture.scratch.makeDirectory("m")
        let mount = try makeTree(fixture).attach(at: fixture.scratch.path("m"))
        let file = try Descriptor.openFile(fixture.scratch.path("m/" + used), .readOnly)
        switch try mount.unmount() {
        case .done: Issue.record("unmounted though in use")
        case .busy(let mount):
            #expect(try fixture.scratch.read("m/workspace/file") == "inner")
            #expect(try fixture.scratch.read("m/common") == "0")
            try file.close()
            #expect(try goes(mount))
        }
        #expect(try target.isEmpty())
    }

    @Test func `a sweep takes what lies on a mount before the mount, whichever was made first`() async throws
    {
        // One sweep of each tree, since a second one would do without the order; another test's child may
        // spoil it.
        try await eventually("a sweep that takes all") {
            let fixture = try OverlayFixture()
            let target = try fixture.scratch.makeDirectory("m")
            let layer = try fixture.makeLayer("layer")
            let inner = try DetachedMount.clone(of: layer.directory.descriptor)
            let outer = try makeOverlay(fixture)
            try outer.directory().createDirectory("inner")
            let mounts = [fixture.scratch.path("m"), fixture.scratch.path("m/inner")]
            try outer.attach(at: fixture.scratch.path("m")).abandon()
            try inner.attach(at: mounts[1]).abandon()
            let found = try MountTable.entries(below: Array(fixture.scratch.path.utf8))
            #expect(Set(found.map(\.target)) == Set(mounts.map { Array($0.utf8) }))
            guard try MountTable.unmountAll(below: Array(fixture.scratch.path.utf8)).isEmpty else {
                return false
            }
            #expect(try target.isEmpty())
            return true
        }
    }

    @Test func `a sweep leaves what is in use and says so, unless it may detach`() throws {
        let fixture = try OverlayFixture()
        _ = try fixture.scratch.makeDirectory("m")
        try makeOverlay(fixture).attach(at: fixture.scratch.path("m")).abandon()
        let path = Array(fixture.scratch.path("m").utf8)
        let file = try Descriptor.openFile(fixture.scratch.path("m/common"))
        #expect(try MountTable.unmountAll(below: path).map(\.target) == [path])
        #expect(try MountTable.entries(below: path).count == 1)
        #expect(try MountTable.unmountAll(below: path, lazily: true).isEmpty)
        #expect(try MountTable.entries(below: path).isEmpty)
        #expect(try file.readAll(limit: 10) == Array("0".utf8))
    }

    @Test func `a sweep unmounts nothing that a link put in the way since leads to`() async throws {
        let fixture = try OverlayFixture()
        let scratch = fixture.scratch.path
        let layer = try fixture.makeLayer("layer")
        for name in ["m", "m/deep", "m/deep/place", "other", "other/place"] {
            try fixture.scratch.directory.createDirectory(name)
        }
        func mount(_ path: String) throws {
            try DetachedMount.clone(of: layer.directory.descriptor).attach(at: "\(scratch)/\(path)").abandon()
        }
        try mount("m/deep/place")
        try mount("other/place")
        let (base, foreign) = (Array("\(scratch)/m".utf8), Array("\(scratch)/other/place".utf8))
        let entry = try #require(try MountTable.entries(below: base).first)
        let tree = try Directory(opening: "\(scratch)/m")
        try tree.rename("deep", as: "away")
        try tree.createLink("deep", target: "\(scratch)/other")
        #expect(try entry.unmount(below: base, lazily: true) == .moved)
        #expect(try MountTable.entries(below: foreign).count == 1)
        // Found where it is now.
        #expect(try MountTable.unmountAll(below: base, lazily: true).isEmpty)
        #expect(try MountTable.entries(below: base).isEmpty)
        try await eventually("the sweep") { try MountTable.unmountAll(below: foreign).isEmpty }
    }

    @Test func `a tree built in place goes as one`() throws {
        let fixture = try OverlayFixture()
        let target = try fixture.scratch.makeDirectory("m")
        var mount = try makeOverlay(fixture).attach(at: fixture.scratch.path("m"))
        try fixture.scratch.directory.createDirectory("m/workspace")
        let layer = try fixture.makeLayer("layer")
        try mount.attach(DetachedMount.clone(of: layer.directory.descriptor), at: "workspace")
        #expect(try fixture.scratch.read("m/workspace/common") == "layer")
        #expect(try goes(mount))
        #expect(try target.isEmpty())
    }

    @Test func `a mount made on a blocking thread comes back to the task that waits for it`() async throws {
        let fixture = try OverlayFixture()
        let specification = OverlaySpecification(
            lowers: try fixture.makeLayers(2), upper: try fixture.makeUpper())
        let mount = try await onBlockingThread {
            try OverlayFixture.mounter(.descriptors).mount(specification)
        }
        #expect(try mount.directory().read("common") == "0")
    }

    @Test func `a link in the way is not followed when a tree is built`() throws {
        let fixture = try OverlayFixture()
        var outer = try makeOverlay(fixture)
        try outer.directory().createLink("workspace", target: "/tmp")
        #expect(throws: Errno.tooManySymbolicLinkLevels) {
            try outer.attach(
                DetachedMount.clone(of: fixture.scratch.directory.descriptor), at: "workspace")
        }
    }

    /// Who writes to a tree may move the directory on which something is mounted, and put a link in its place.
    @Test func `a link put in the way later never leads an unmount out of the tree`() throws {
        let fixture = try OverlayFixture()
        _ = try fixture.scratch.makeDirectory("m")
        let layer = try fixture.makeLayer("layer")
        let scratch = fixture.scratch.path
        var mount = try makeOverlay(fixture).attach(at: fixture.scratch.path("m"))
        try fixture.scratch.directory.createDirectory("m/deep")
        try fixture.scratch.directory.createDirectory("m/deep/place")
        try mount.attach(DetachedMount.clone(of: layer.directory.descriptor), at: "deep/place")
        _ = try fixture.scratch.makeDirectory("other")
        try fixture.scratch.directory.createDirectory("other/place")
        let foreign = try DetachedMount.clone(of: layer.directory.descriptor)
            .attach(at: "\(scratch)/other/place")
        do {
            let tree = try Directory(opening: "\(scratch)/m")
            try tree.rename("deep", as: "away")
            try tree.createLink("deep", target: "\(scratch)/other")
        }
        switch try mount.unmount() {
        case .done: Issue.record("unmounted though something is mounted inside")
        case .busy(let mount):
            #expect(try MountTable.entries(below: foreign.path).count == 1)
            do {
                let tree = try Directory(opening: "\(scratch)/m")
                try tree.remove("deep")
                try tree.rename("away", as: "deep")
            }
            #expect(try goes(mount))
        }
        #expect(try goes(foreign))
    }

    @Test func `a detached mount that is dropped is gone`() throws {
        let fixture = try OverlayFixture()
        let watch: SuperblockWatch
        do {
            let mount = try makeOverlay(fixture)
            watch = try SuperblockWatch(mount)
            #expect(watch.wait(timeout: .zero) == false)
        }
        #expect(watch.wait(timeout: .seconds(10)) == true)
    }

    @Test func `a mount attribute holds for the clone and not for what it was cloned from`() throws {
        let fixture = try OverlayFixture()
        let layer = try fixture.makeLayer("layer")
        let clone = try DetachedMount.clone(of: layer.directory.descriptor)
        try clone.setAttributes(.readOnly)
        let directory = try clone.directory()
        #expect(errno { try directory.createDirectory("d") } == .readOnlyFileSystem)
        try layer.directory.createDirectory("d")
    }

    @Test func `names with spaces, backslashes and newlines come out of the mount table as they are`() throws
    {
        let fixture = try OverlayFixture()
        let name = "a b\\040c\nd"
        _ = try fixture.scratch.makeDirectory(name)
        let mount = try makeOverlay(fixture).attach(at: fixture.scratch.path(name))
        let entries = try MountTable.entries(below: Array(fixture.scratch.path.utf8))
        #expect(entries.map(\.target) == [Array(fixture.scratch.path(name).utf8)])
        #expect(entries.first?.identifier == mount.identifier)
        #expect(try goes(mount))
    }

    @Test func `a path that merely begins alike is not below`() throws {
        let entry = MountEntry(
            identifier: 1, parent: 0, target: Array("/a/bc".utf8), root: [], fileSystem: "", source: [],
            options: "")
        #expect(entry.isAtOrBelow(Array("/a".utf8)))
        #expect(entry.isAtOrBelow(Array("/".utf8)))
        #expect(entry.isAtOrBelow(Array("/a/bc".utf8)))
        #expect(!entry.isAtOrBelow(Array("/a/b".utf8)))
    }

    private func makeOverlay(_ fixture: borrowing OverlayFixture) throws -> DetachedMount {
        let specification = OverlaySpecification(
            lowers: try fixture.makeLayers(2), upper: try fixture.makeUpper())
        return try OverlayFixture.mounter(.descriptors).mount(specification)
    }

    /// An overlay with another one detached inside.
    private func makeTree(_ fixture: borrowing OverlayFixture) throws -> DetachedMount {
        var outer = try makeOverlay(fixture)
        try outer.directory().createDirectory("workspace")
        let layer = try fixture.makeLayer("source")
        try layer.directory.write("file", "inner")
        let specification = OverlaySpecification(
            lowers: [OverlayLower(layer)], upper: try fixture.makeUpper("active-workspace"))
        try outer.attach(try OverlayFixture.mounter(.descriptors).mount(specification), at: "workspace")
        return outer
    }
}
