import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

/// Whether the kernel tells of an upper directory that an overlay uses it, to somebody without the mount.
@Suite struct `An upper directory` {
    @Test(arguments: OverlayForm.allCases)
    func `is in use as long as a mount is there, or a process holds a detached one`(
        form: OverlayForm
    ) async throws {
        let fixture = try OverlayFixture()
        let (mounter, layer, other) = (
            OverlayFixture.mounter(form), try fixture.makeLayer("0"), try fixture.makeLayer("other")
        )
        let upper = try fixture.makeUpper()
        #expect(try !mounter.isInUse(upper, lower: other))
        do {
            let mount = try mounter.mount(OverlaySpecification(lowers: [OverlayLower(layer)], upper: upper))
            #expect(try mounter.isInUse(upper, lower: other))
            let root = try mount.directory()
            _ = consume mount
            #expect(try mounter.isInUse(upper, lower: other), "held by a descriptor alone")
            try root.write("kept", "k")
        }
        try await eventually("nobody uses it") { try !mounter.isInUse(upper, lower: other) }
        #expect(try fixture.scratch.read("active/upper/kept") == "k")
    }

    @Test func `is not changed by the question`() throws {
        let fixture = try OverlayFixture()
        let (mounter, other) = (OverlayFixture.mounter(.mountOptions), try fixture.makeLayer("other"))
        let upper = try fixture.makeUpper()
        let directory = try fixture.scratch.directory.openDirectory(beneath: "active/upper")
        let before = try directory.status()
        #expect(try !mounter.isInUse(upper, lower: other))
        let after = try directory.status()
        #expect(after.changed == before.changed && after.modified == before.modified)
        #expect(try directory.entryNames().isEmpty)
    }

    @Test func `can be asked for on this kernel, and the trial leaves nothing`() throws {
        let fixture = try OverlayFixture()
        let (mounter, other) = (OverlayFixture.mounter(.mountOptions), try fixture.makeLayer("other"))
        let parent = try fixture.makeLayer("trial")
        let before = try parent.directory.entryNames().count
        #expect(try mounter.tellsUse(in: parent, lower: other))
        #expect(try parent.directory.entryNames().count == before)
    }
}
