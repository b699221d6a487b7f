import Foundation
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
        let mount = try detached.attach(at: fixture.scratch.path("m"))
        let child = try Child([
            "unshare", "-m", "sh", "-c",
            "echo ready; read line; echo late > \(fixture.scratch.path("m"))/late; echo written; read line",
        ])
        #expect(try child.waitForLine() == "ready")
        #expect(try goes(mount))
        #expect(try target.isEmpty())
        #expect(watch.wait(timeout: .milliseconds(20)) == false)
        // This is what the watch is for: the copy still writes into the upper directory.
        try child.send("go")
        #expect(try child.waitForLine() == "written")
        #expect(try fixture.scratch.read("active/upper/late") == "late\n")
        #expect(watch.wait(timeout: .zero) == false)
        child.end()
        #expect(watch.wait(timeout: .seconds(10)) == true)
        #expect(watch.wait(timeout: .zero) == true)
    }

    @Test func `without copies the file system is gone when unmount returns`() throws {
        let fixture = try OverlayFixture()
        _ = try fixture.scratch.makeDirectory("m")
        let specification = OverlaySpecification(
            lowers: try fixture.makeLayers(1), upper: try fixture.makeUpper())
        let detached = try OverlayFixture.mounter(.descriptors).mount(specification)
        let watch = try SuperblockWatch(root: detached.directory())
        let mount = try detached.attach(at: fixture.scratch.path("m"))
        #expect(try goes(mount))
        #expect(watch.wait(timeout: .seconds(10)) == true)
    }

    @Test func `hundreds of file systems are watched, although a user has 128 inotify instances`() throws {
        let fixture = try OverlayFixture()
        let lowers = try fixture.makeLayers(1)
        let before = try Self.inotifyInstances()
        let watched = try (0..<300).map { number in
            let specification = OverlaySpecification(
                lowers: lowers, upper: try fixture.makeUpper("active-\(number)"))
            return try WatchedOverlay(OverlayFixture.mounter(.descriptors).mount(specification))
        }
        // Other tests have instances of their own.
        #expect(try Self.inotifyInstances() < before + 100)
        for overlay in watched {
            #expect(overlay.watch.wait(timeout: .zero) == false)
            overlay.mount = nil
        }
        for overlay in watched { #expect(overlay.watch.wait(timeout: .seconds(60)) == true) }
    }

    private final class WatchedOverlay {
        let watch: SuperblockWatch
        var mount: DetachedMount?

        init(_ mount: consuming DetachedMount) throws {
            watch = try SuperblockWatch(mount)
            self.mount = consume mount
        }
    }

    private static func inotifyInstances() throws -> Int {
        let folder = "/proc/self/fd/"
        return try FileManager.default.contentsOfDirectory(atPath: folder).count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + $0)) == "anon_inode:inotify"
        }
    }
}
