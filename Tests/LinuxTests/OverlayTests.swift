import Glibc
import Linux
import SystemPackage
import Testing

@Suite struct OverlayTests {
    @Test(arguments: OverlayForm.allCases, [1, 10, 100, 400])
    func `every form shows all layers, the uppermost first, and writes to the upper directory only`(
        form: OverlayForm, count: Int
    ) throws {
        let fixture = try OverlayFixture()
        let lowers = try fixture.makeLayers(count)
        let specification = OverlaySpecification(lowers: lowers, upper: try fixture.makeUpper())
        do {
            let mount = try OverlayFixture.mounter(form).mount(specification)
            let root = try mount.directory()
            #expect(try root.fileSystemStatus().type == .overlay)
            #expect(try root.entryNames().count == count + 1)
            #expect(try root.read("common") == "0")
            for index in 0..<count { #expect(try root.read("only-\(index)") == "\(index)") }
            try root.write("new", "n")
            try root.remove("only-0")
            #expect(try fixture.scratch.read("active/upper/new") == "n")
            let upper = try fixture.scratch.directory.openDirectory(beneath: "active/upper")
            #expect(try upper.status("only-0").isWhiteout)
            #expect(try fixture.scratch.read("0/only-0") == "0")
        }
    }

    @Test(arguments: OverlayForm.allCases)
    func `no form leaves a descriptor, a mount or a thread's namespace behind`(form: OverlayForm) throws {
        let fixture = try OverlayFixture()
        let path = fixture.scratch.path + "/"
        for round in 0..<5 {
            let layer = try fixture.makeLayer("layer\(round)")
            let specification = OverlaySpecification(
                lowers: [OverlayLower(layer, ownerShift: OwnerShift(uid: 1000, gid: 1000))],
                upper: try fixture.makeUpper("active\(round)"))
            let mount = try OverlayFixture.mounter(form).mount(specification)
            #expect(try mount.directory().read("common") == "layer\(round)")
        }
        #expect(try leftovers(below: path) == [])
    }

    @Test(arguments: OverlayForm.allCases)
    func `a failed mount leaves nothing open`(form: OverlayForm) throws {
        let fixture = try OverlayFixture()
        let layer = try fixture.makeLayer("layer")
        let upper = try fixture.makeUpper()
        try fixture.scratch.directory.openDirectory("active").remove("work", directory: true)
        let specification = OverlaySpecification(
            lowers: [OverlayLower(layer, ownerShift: OwnerShift(uid: 5, gid: 5))], upper: upper)
        #expect(throws: OverlayError.self) { _ = try OverlayFixture.mounter(form).mount(specification) }
        let expected = [fixture.scratch.path("layer"), fixture.scratch.path("active")]
        #expect(try leftovers(below: fixture.scratch.path + "/").sorted() == expected.sorted())
        withExtendedLifetime((layer, upper)) {}
    }

    @Test(arguments: OverlayForm.allCases)
    func `a shifted lower layer shows another owner, and a copy keeps that owner on disk`(form: OverlayForm)
        throws
    {
        let fixture = try OverlayFixture()
        let source = try fixture.makeLayer("source")
        try source.directory.createDirectory("d", mode: 0o755)
        let delta = try fixture.makeLayer("delta")
        try delta.directory.setOwner("only-delta", uid: 77, gid: 78)
        let shift = OwnerShift(uid: 1000, gid: 1001)
        let specification = OverlaySpecification(
            lowers: [OverlayLower(delta), OverlayLower(source, ownerShift: shift)],
            upper: try fixture.makeUpper())
        let mount = try OverlayFixture.mounter(form).mount(specification)
        let root = try mount.directory()
        #expect(try owner(root.status("only-source")) == [1000, 1001])
        #expect(try owner(root.status("d")) == [1000, 1001])
        #expect(try owner(root.status("only-delta")) == [77, 78])
        try root.write("only-source", "changed")
        try root.write("d/new", "")
        let upper = try fixture.scratch.directory.openDirectory(beneath: "active/upper")
        #expect(try owner(upper.status("only-source")) == [1000, 1001])
        #expect(try owner(upper.status("d")) == [1000, 1001])
        #expect(try upper.read("only-source") == "changed")
        #expect(try owner(source.directory.status("only-source")) == [0, 0])
    }

    @Test func `a kernel without detached layers shifts owners all the same`() throws {
        let fixture = try OverlayFixture()
        let support = OverlaySupport(form: .descriptors, takesDetachedLayers: false)
        let specification = OverlaySpecification(
            lowers: [OverlayLower(try fixture.makeLayer("l"), ownerShift: OwnerShift(uid: 9, gid: 9))],
            upper: try fixture.makeUpper())
        let mount = try OverlayMounter(support).mount(specification)
        #expect(try owner(mount.directory().status("common")) == [9, 9])
    }

    @Test(arguments: OverlayForm.allCases)
    func `a read-only overlay can't be written to, with an upper directory or without`(form: OverlayForm)
        throws
    {
        let fixture = try OverlayFixture()
        let lowers = try fixture.makeLayers(2)
        for upper in [nil, try fixture.makeUpper()] {
            let specification = OverlaySpecification(lowers: lowers, upper: upper, isReadOnly: true)
            let root = try OverlayFixture.mounter(form).mount(specification).directory()
            #expect(errno { try root.createDirectory("d") } == .readOnlyFileSystem)
            #expect(errno { try root.remove("common") } == .readOnlyFileSystem)
            #expect(try root.read("common") == "0")
        }
    }

    @Test(arguments: OverlayForm.allCases)
    func `a single lower directory without an upper is refused with a remedy`(form: OverlayForm) throws {
        let fixture = try OverlayFixture()
        let specification = OverlaySpecification(lowers: try fixture.makeLayers(1))
        let error = try #require(throws: OverlayError.self) {
            _ = try OverlayFixture.mounter(form).mount(specification)
        }
        #expect(error.errno == .invalidArgument)
        #expect(error.description.contains("add an empty lower directory"))
    }

    @Test func `the kernel's own sentence comes with the error`() throws {
        let fixture = try OverlayFixture()
        let layer = try fixture.makeLayer("layer")
        let specification = OverlaySpecification(lowers: Array(repeating: OverlayLower(layer), count: 501))
        let error = try #require(throws: OverlayError.self) {
            _ = try OverlayFixture.mounter(.descriptors).mount(specification)
        }
        #expect(error.kernelMessage?.contains("limit is 500") == true)
        #expect(error.operation.contains("501"))
    }

    @Test(arguments: OverlayForm.allCases)
    func `the options are those that keep a delta complete and independent`(form: OverlayForm) throws {
        let fixture = try OverlayFixture()
        let specification = OverlaySpecification(
            lowers: try fixture.makeLayers(1), upper: try fixture.makeUpper())
        try fixture.scratch.directory.createDirectory("m")
        let mount = try OverlayFixture.mounter(form).mount(specification).attach(
            at: fixture.scratch.path("m"))
        let line = try #require(
            try String(
                decoding: Descriptor.openFile("/proc/self/mountinfo").readAll(limit: 1 << 22), as: UTF8.self
            )
            .split(separator: "\n").first { $0.contains(" " + fixture.scratch.path("m") + " ") })
        for option in ["redirect_dir=nofollow", "volatile", "uuid=null"] { #expect(line.contains(option)) }
        for option in ["metacopy=on", "index=on", "xino=on", "xino=auto"] { #expect(!line.contains(option)) }
        _ = consume mount
    }

    @Test func `the probe finds the best form and leaves nothing in the directory`() throws {
        let fixture = try OverlayFixture()
        let support = try OverlaySupport.probe(in: fixture.scratch.directory)
        if KernelRelease.current >= KernelRelease(major: 6, minor: 13) {
            #expect(support.form == .descriptors)
        }
        #expect(try fixture.scratch.directory.isEmpty())
        let specification = OverlaySpecification(
            lowers: try fixture.makeLayers(3), upper: try fixture.makeUpper())
        #expect(try OverlayMounter(support).mount(specification).directory().read("common") == "0")
    }

    @Test func `a file system that can't hold an upper directory is an error of the probe`() throws {
        let scratch = try Scratch()
        try scratch.directory.createDirectory("proc")
        let error = #expect(throws: OverlayError.self) {
            _ = try OverlaySupport.probe(in: Directory(opening: "/proc"))
        }
        #expect(error?.operation.isEmpty == false)
    }

    private func owner(_ status: FileStatus) -> [UInt32] { [status.uid, status.gid] }
}
