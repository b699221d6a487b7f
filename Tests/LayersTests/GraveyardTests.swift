import Foundation
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
        #expect(try goes(mount))
        while try fixture.store.graveyard.collect(atMost: 1000).hasMore {}
        #expect(try fixture.directory("dead").entryNames().isEmpty)
    }

    @Test func `a mount deep in a dead directory holds nothing up that lies beside it`() throws {
        let fixture = try LayersFixture()
        let precious = try fixture.scratch("precious")
        try precious.write("file", "")
        let layer = try fixture.layer { root in
            for path in ["a", "a/b", "a/b/mounted", "a/b/y", "a/z"] { try root.makeDirectory(path) }
            for path in ["a/b/y/file", "a/z/file", "a/file"] { try root.write(path, "") }
        }
        try fixture.store.remove(layer.id)
        let mount = try DetachedMount.clone(of: precious.descriptor)
            .attach(at: "\(fixture.path)/dead/\(layer.id)/a/b/mounted")
        let slice = try fixture.store.graveyard.collect(atMost: 1000)
        #expect(slice.obstacles.count == 1 && !slice.hasMore)
        let left = try FileManager.default.subpathsOfDirectory(atPath: "\(fixture.path)/dead/\(layer.id)")
        #expect(left.sorted() == ["a", "a/b", "a/b/mounted", "a/b/mounted/file"])
        #expect(try precious.exists("file"))
        #expect(try goes(mount))
        while try fixture.store.graveyard.collect(atMost: 1000).hasMore {}
        #expect(try fixture.directory("dead").isEmpty())
    }

    @Test(.timeLimit(.minutes(2)))
    func `who goes on writing to a dead directory is not waited for`() throws {
        let fixture = try LayersFixture()
        let layer = try fixture.layer { root in try root.makeDirectory("shared") }
        let writer = Process()
        writer.executableURL = URL(fileURLWithPath: "/bin/sh")
        writer.currentDirectoryURL = URL(fileURLWithPath: "\(fixture.path)/layers/\(layer.id)/shared")
        writer.arguments = ["-c", "while : > file; do :; done"]
        writer.standardError = FileHandle.nullDevice
        try writer.run()
        try fixture.store.remove(layer.id)
        defer {
            writer.terminate()
            writer.waitUntilExit()
        }
        var slices = 0
        while try fixture.store.graveyard.collect(atMost: 1000).hasMore, slices < 100 { slices += 1 }
        #expect(slices < 100)
    }

    @Test func `what was made immutable is deleted at whatever depth`() throws {
        let fixture = try LayersFixture()
        let layer = try fixture.layer { root in
            var path = ""
            for level in 0..<20 {
                path += level == 0 ? "d" : "/d"
                try root.makeDirectory(path)
                try root.write(path + "/file", "")
            }
        }
        for depth in [3, 9, 10, 20] {
            let directory = try Directory(
                opening: "\(fixture.path)/layers/\(layer.id)" + String(repeating: "/d", count: depth))
            try directory.openFile("file").setImmutable()
            try directory.descriptor.setImmutable()
        }
        try fixture.store.remove(layer.id)
        while true {
            let slice = try fixture.store.graveyard.collect(atMost: 1000)
            #expect(slice.obstacles.isEmpty)
            if !slice.hasMore { break }
        }
        #expect(try fixture.directory("dead").isEmpty())
    }
}
