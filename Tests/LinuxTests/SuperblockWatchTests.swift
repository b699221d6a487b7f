import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

@Suite struct SuperblockWatchTests {
    @Test func `a copy in another mount namespace keeps the file system, and its end is heard`() throws {
        let fixture = try OverlayFixture()
        let target = try fixture.scratch.makeDirectory("m")
        let specification = OverlaySpecification(
            lowers: try fixture.makeLayers(1), upper: try fixture.makeUpper())
        let detached = try OverlayFixture.mounter(.descriptors).mount(specification)
        let watch = try SuperblockWatch(detached)
        let mount = try detached.attach(at: target)
        let child = try Child([
            "unshare", "-m", "sh", "-c",
            "echo ready; read line; echo late > \(fixture.scratch.path("m"))/late; echo written; read line",
        ])
        #expect(try child.waitForOutput() == "ready\n")
        switch try mount.unmount() {
        case .done: break
        case .busy: Issue.record("busy")
        }
        #expect(try target.isEmpty())
        #expect(try !watch.wait(timeout: .milliseconds(20)))
        // This is what the watch is for: the copy still writes into the upper directory.
        try child.send("go")
        #expect(try child.waitForOutput() == "written\n")
        #expect(try fixture.scratch.read("active/upper/late") == "late\n")
        #expect(try !watch.wait(timeout: .zero))
        child.end()
        #expect(try watch.wait(timeout: .seconds(10)))
        #expect(try watch.wait(timeout: .zero))
    }

    @Test func `without copies the file system is gone when unmount returns`() throws {
        let fixture = try OverlayFixture()
        let target = try fixture.scratch.makeDirectory("m")
        let specification = OverlaySpecification(
            lowers: try fixture.makeLayers(1), upper: try fixture.makeUpper())
        let detached = try OverlayFixture.mounter(.descriptors).mount(specification)
        let watch = try SuperblockWatch(root: detached.directory())
        let mount = try detached.attach(at: target)
        switch try mount.unmount() {
        case .done: break
        case .busy: Issue.record("busy")
        }
        #expect(try watch.wait(timeout: .seconds(10)))
    }
}
